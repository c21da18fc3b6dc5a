#!/usr/bin/env python3
"""Independent oracle of weighted-v1: any table, with transforms, filters, caps and floors.

Computes what a round folder must pay from the written rule alone; see common.py for the arguments.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import isqrt

from common import Invalid, Outcome, People, decimal, key_of, normal, run, whole

SCALE = 10**18  # values, terms and weights are integers of 1e-18


def weighted_v1(request):
    """Weights of the rows that pass the filters, then the pool by them, between floor and cap."""
    given = request.settings
    reward = given.get("reward", "weighted")
    pool = int(request.declared * 10 ** request.token["decimals"])
    rows, people = {}, People()
    for number, row in enumerate(request.table("table", *columns_of(given))):
        if all(passes(row, condition) for condition in given.get("filters", [])):
            key = key_of_row(row, given, number, people)
            rows.setdefault(key, []).append(row)
    weights = {key: weight_of(key, own, given) for key, own in rows.items()}

    def divide(rest, unsettled):
        """What is left of the pool, among those who are not settled yet."""
        return request.apportion(rest, {key: weights[key] for key in unsettled}, reward)

    weighty = {key for key, weight in weights.items() if weight}
    cap, floor = (bound(given.get(name), pool, request) for name in ("cap", "floor"))
    parts = dict.fromkeys(weights, 0) | bounded(pool, {key: weights[key] for key in weighty}, divide, cap, floor)
    return Outcome(declared=pool, pool=pool, rewards={reward: parts}, people=people)


def bounded(pool, weighty, divide, cap, floor):
    """The parts when nobody gets more than the cap, or less than the floor."""
    cap = pool if cap is None else cap
    floor = floor or 0
    if floor > cap:
        raise Invalid("the floor is above the cap")
    if floor * len(weighty) > pool:
        raise Invalid("the floors sum to more than the pool")
    settled = {}
    while True:
        unsettled = weighty.keys() - settled.keys()
        if not unsettled:
            return settled
        left = pool - sum(settled.values())
        total = sum(weighty[key] for key in unsettled)
        shares = {key: Fraction(left * weighty[key], total) for key in unsettled}
        above = {key: share - cap for key, share in shares.items() if share > cap}
        below = {key: floor - share for key, share in shares.items() if share < floor}
        if not above and not below:
            return settled | divide(left, unsettled)
        if sum(above.values()) >= sum(below.values()):
            settled |= dict.fromkeys(above, cap)
        else:
            settled |= dict.fromkeys(below, floor)


def bound(given, pool, request):
    """A cap or floor in units: a share of the pool rounded down, or an exact amount."""
    if given is None:
        return None
    (kind, value), = given.items()
    if kind == "amount":
        return request.units(value)
    if kind != "share" or decimal(value) > 1:
        raise Invalid(f"a cap or floor of {kind} {value}")
    return int(pool * decimal(value) // 1)


# ---------------------------------------------------------------- rows


def columns_of(given):
    """The columns that must be there, and those that may be missing. Headers are read in lower case."""
    needed = [entry["column"] for entry in given["weights"] if entry.get("transform") != "equal"]
    needed += [condition["column"] for condition in given.get("filters", [])]
    needed += [given[name] for name in ("recipient", "address", "account") if name in given]
    optional = [name for name in ("recipient", "address") if name not in given]
    return [name.lower() for name in dict.fromkeys(needed)], optional


def passes(row, condition):
    """Whether a row meets every demand of one filter."""
    value = row[condition["column"].lower()]
    if not condition.keys() & {"minimum", "maximum", "in"}:
        raise Invalid("a filter without any demand")
    if "minimum" in condition and not (value and decimal(value) >= decimal(condition["minimum"])):
        return False
    if "maximum" in condition and not (value and decimal(value) <= decimal(condition["maximum"])):
        return False
    return "in" not in condition or normal(value) in {normal(text) for text in condition["in"]}


def key_of_row(row, given, number, people):
    """The recipient's key: the address, else the account, else the name."""
    name, address = (row[given.get(what, what).lower()] for what in ("recipient", "address"))
    account = normal(row[given["account"].lower()]) if "account" in given else ""
    key = key_of(address, account, name)
    people.name(key, name.strip(), name)
    people.account(key, account)
    return key


# ---------------------------------------------------------------- weights


def weight_of(key, rows, given):
    """The weight of a recipient, by what several rows of theirs mean."""
    meaning, entries = given.get("rows", "refuse"), given["weights"]
    if meaning == "each":
        return sum(combined([term(value(row, entry), entry) for entry in entries], given) for row in rows)
    if len(rows) > 1:
        if meaning != "add":
            raise Invalid(f"{key} has {len(rows)} rows")
        if any(entry.get("transform") == "fibonacci" for entry in entries):
            raise Invalid(f"{key} has {len(rows)} ranks")
    return combined([term(sum(value(row, entry) for row in rows), entry) for entry in entries], given)


def value(row, entry):
    """The value of a row's cell as an integer of 1e-18; an empty cell is 0, but no rank."""
    transform = entry.get("transform", "linear")
    if transform == "equal":
        return 0
    cell = row[entry["column"].lower()]
    if not cell and transform == "fibonacci":
        raise Invalid("a rank is empty")
    scaled = decimal(cell or "0") * SCALE
    if scaled.denominator != 1:
        raise Invalid(f"`{cell}` has more than 18 decimals")
    return int(scaled)


def term(value, entry):
    """floor(transformed x factor)."""
    factor = decimal(entry.get("factor", "1")) * SCALE
    if factor.denominator != 1:
        raise Invalid(f"the factor {entry['factor']} has more than 18 decimals")
    return transformed(value, entry) * int(factor) // SCALE


def transformed(value, entry):
    """The transformed value as an integer of 1e-18."""
    transform = entry.get("transform", "linear")
    if transform != "fibonacci" and "offset" in entry:
        raise Invalid("an offset without ranks")
    if transform == "linear":
        return value
    if transform == "sqrt":
        return isqrt(value * SCALE)
    if transform == "log10":
        return log10_of_one_more(value)
    if transform == "equal":
        return SCALE
    if transform == "fibonacci":
        rank, rest = divmod(value, SCALE)
        offset = whole(entry.get("offset", 2))
        if rest or not 1 <= rank <= 92 or offset > 10:
            raise Invalid("a rank that is not whole or not from 1 to 92, or an offset above 10")
        return fibonacci(rank + offset) * SCALE
    raise Invalid(f"unknown transform {transform}")


def log10_of_one_more(value):
    """log10(1 + value), rounded half to even at 1e-18, by way of 60 digits."""
    context = Context(prec=60)
    logarithm = context.log10(context.divide(Decimal(SCALE + value), Decimal(SCALE)))
    return int(context.scaleb(logarithm, 18).to_integral_value(ROUND_HALF_EVEN))


def fibonacci(number):
    """F(1) = F(2) = 1."""
    one, next_one = 0, 1
    for _ in range(number):
        one, next_one = next_one, one + next_one
    return one


def combined(terms, given):
    """The sum, or the product from left to right with every step rounded down."""
    if given.get("combine", "sum") == "sum":
        return sum(terms)
    product = SCALE
    for one in terms:
        product = product * one // SCALE
    return product


METHODS = {"weighted-v1": weighted_v1}

if __name__ == "__main__":
    run(__doc__, METHODS)
