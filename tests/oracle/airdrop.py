#!/usr/bin/env python3
"""Independent oracle of airdrop-v1, from the written rule alone.

    airdrop.py CASE                   the distribution, the figures and the tables of a case
    airdrop.py --bless CASE           writes them beside the inputs (--tables a.csv,b.csv)
    airdrop.py --test VECTORS         computes every case below VECTORS and compares
    airdrop.py --conformance PATH     compares with the made-up snapshots in PATH/airdrop
"""

import csv
import math
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path

import common
from common import Invalid, Outcome, People, Request, address_of, cell, decimal, plain, text, whole

SCALE = 18
DIGITS = 80  # far more than 18 decimals of a logarithm need


def airdrop_v1(request):
    """Who held at least the threshold in every snapshot of a category shares its pools."""
    settings = request.settings
    balance_decimals = whole(settings.get("balance_decimals", "8"))
    threshold = decimal(settings["threshold"]) * 10**balance_decimals
    rule = settings.get("balance", "minimum")
    if rule not in ("minimum", "initial"):
        raise Invalid(f"`balance` is {rule}")
    rows = request.table("excluded", ["address"]) or []
    excluded = {address_of(row["address"]) for row in rows}

    used, eligibility = {}, [["category", "snapshot", "rows", "at_or_above_threshold", "still_eligible"]]
    for category, entry in request.inputs["snapshots"].items():
        used[category] = held_through(category, request.files_of(entry), threshold, balance_decimals, excluded, rule, eligibility)

    if sum(decimal(pool["amount"]) for pool in settings["pools"]) != request.declared:
        raise Invalid("the amounts of the pools do not sum to the allocation's pool")
    people, rewards = People(), {}
    for pool in settings["pools"]:
        for reward, amounts in divide(pool, used, request).items():
            if reward in rewards:
                raise Invalid(f"reward {reward} stands twice")
            rewards[reward] = amounts
    brought_in = 0
    unclaimed = request.table("unclaimed", ["address", "amount"])
    if unclaimed is not None:
        rewards["unclaimed"] = {}
        for row in unclaimed:
            address, units = address_of(row["address"]), request.units(row["amount"])
            rewards["unclaimed"][address] = rewards["unclaimed"].get(address, 0) + units
            brought_in += units
    for address in {address for amounts in rewards.values() for address in amounts}:
        people.name(address, 0, address)
    pool = request.units(request.declared)
    tables = {"eligibility": eligibility, "used_balances": used_balances(used, balance_decimals)}
    return Outcome(pool, pool, rewards, people, brought_in=brought_in, tables=tables)


def held_through(category, files, threshold, balance_decimals, excluded, rule, eligibility):
    """The balance used of everybody eligible in a category, in base units."""
    eligible = None
    for file in files:
        balances = snapshot(file, balance_decimals)
        above = {address: balance for address, balance in balances.items() if balance >= threshold}
        if eligible is None:
            eligible = {address: balance for address, balance in above.items() if address not in excluded}
        else:
            eligible = {
                address: min(balance, above[address]) if rule == "minimum" else balance
                for address, balance in eligible.items()
                if address in above
            }
        figures = len(balances), len(above), len(eligible)
        eligibility.append([cell(category), cell(file.name), *map(str, figures)])
    return eligible


def snapshot(file, balance_decimals):
    """Balances in base units by address."""
    balances = {}
    for row in common.table(file, upper=False):
        address = address_of(row["holderaddress" if "holderaddress" in row else "address"])
        if address in balances:
            raise Invalid(f"{file.name}: {address} stands twice")
        balance = decimal(row["balance"].replace(",", "")) * 10**balance_decimals
        if balance.denominator != 1:
            raise Invalid(f"{file.name}: the balance of {address} has too many decimals")
        balances[address] = int(balance)
    return balances


def divide(pool, used, request):
    """The amounts of a pool by reward column and address."""
    categories = pool["categories"]
    alone = len(categories) == 1
    weights, columns, owners = {}, {}, {}
    for entry in categories:
        category, reward = (entry["category"], entry["reward"]) if isinstance(entry, dict) else (entry, entry)
        if alone:
            reward = pool["reward"]
        columns[reward] = {}
        for address, balance in used[category].items():
            key = address if alone else f"{address}/{reward}"
            weights[key] = weight(pool["weight"], balance)
            owners[key] = address, reward
    # The draw hashes the pool's reward and these keys.
    for key, units in request.apportion(request.units(pool["amount"]), weights, pool["reward"]).items():
        address, reward = owners[key]
        columns[reward][address] = units
    return columns


def weight(kind, balance):
    if kind == "equal":
        return 1
    if kind == "balance":
        return balance
    if kind == "sqrt":
        return math.isqrt(balance * 10**SCALE)
    if kind == "log10":
        return log10(1 + balance)
    raise Invalid(f"weight {kind}")


def log10(number):
    """log10 of a whole number from 1 on, rounded half to even at 18 decimals, times 10^18."""
    context = Context(prec=DIGITS)
    logarithm = context.log10(Decimal(number))  # correctly rounded at 80 digits
    return round(Fraction(logarithm) * 10**SCALE)  # half to even


def used_balances(used, balance_decimals):
    rows = [["address", *map(cell, used)]]
    for address in sorted(set().union(*used.values())):
        balances = (category.get(address) for category in used.values())
        rows.append([address, *("" if balance is None else plain(balance, balance_decimals) for balance in balances)])
    return rows


METHODS = {"airdrop-v1": airdrop_v1}


# ---------------------------------------------------------------- conformance


def conformance(folder):
    """Both expected files to the unit. Gives how many figures differ."""
    folder, wrong = folder / "airdrop", 0
    columns = ["staker_equal", "staker_stake", "holder", "lp"]
    for rule in ("initial", "minimum"):
        request = conformance_request(folder, rule)
        outcome = airdrop_v1(request)
        with open(folder / f"expected-small-{rule}.csv", newline="") as file:
            expected = {row["address"]: row for row in csv.DictReader(file)}
        addresses = {address for amounts in outcome.rewards.values() for address in amounts}
        count = bad = 0
        for address in addresses | set(expected):
            ours = [outcome.rewards[column].get(address, 0) for column in columns]
            ours = [text(units, request.token) for units in (*ours, sum(ours))]
            theirs = expected.get(address, {})
            count += 5
            bad += sum(one != theirs.get(column) for one, column in zip(ours, (*columns, "total")))
            used = {row[0]: row[1:] for row in outcome.tables["used_balances"]}[address]
            for one, column in zip(used, ("holder", "lp", "staker")):
                count += 1
                bad += (one or "0") != theirs.get(f"used_{column}_balance")
        print(f"airdrop {rule}: {len(addresses)} addresses, {count} figures, {bad} differ")
        for category, *figures in outcome.tables["eligibility"][1:]:
            print(f"  {category} {figures[0]}: {' '.join(figures[1:])}")
        still = [int(row[4]) for row in outcome.tables["eligibility"][1:]]
        bad += still != [189, 170, 158, 146, 24, 24, 25, 25]
        wrong += bad
    return wrong


def conformance_request(folder, rule):
    both = [{"category": "holders", "reward": "holder"}, {"category": "lp", "reward": "lp"}]
    pools = [
        {"reward": "staker_equal", "amount": "275000", "categories": ["stakers"], "weight": "equal"},
        {"reward": "staker_stake", "amount": "275000", "categories": ["stakers"], "weight": "balance"},
        {"reward": "balance", "amount": "825000", "categories": both, "weight": "log10"},
    ]
    return Request(
        name="airdrop",
        method="airdrop-v1",
        declared=decimal("1375000"),
        inputs={"snapshots": {name: f"small/{name}" for name in ("holders", "lp", "stakers")}},
        settings={"balance_decimals": "8", "threshold": "1000", "balance": rule, "pools": pools},
        folder=Path(folder),
        round_id="airdrop-small",
        token={"symbol": "TOK", "decimals": 18},
        period=(None, None),
    )


if __name__ == "__main__":
    common.run(__doc__, METHODS, conformance)
