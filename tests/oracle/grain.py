#!/usr/bin/env python3
"""Independent oracle of grain-v1: SourceCred's allocation policies over cred, in integers.

Computes what a round folder must pay from the written rule alone; see common.py for the arguments.
"""

import re

from common import Invalid, Outcome, People, decimal, key_of, normal, run, whole

SCALE = 10**18  # cred and the discount are integers of 1e-18


def grain_v1(request):
    """Divides the budget of every policy, and adds what it gives to what was earned before."""
    accounts = read_accounts(request)
    active = {name: key for name, (key, is_active) in accounts.items() if is_active}
    cred, intervals = read_cred(request, accounts)
    earned = read_earned(request)
    for interval, name in earned:
        if interval not in intervals:
            raise Invalid(f"interval {interval}, in which {name} earned, has no cred: the rule is silent")

    policies = request.settings["policies"]
    if sum(decimal(policy["budget"]) for policy in policies) != request.declared:
        raise Invalid("the budgets do not sum to the pool")
    rewards = {}
    for policy in policies:
        reward = policy.get("reward", policy["policy"])
        if reward in rewards:
            raise Invalid(f"two policies have the reward {reward}")
        budget = request.units(policy["budget"])
        weights = weights_of(policy, budget, active, cred, intervals, earned)
        rewards[reward] = request.apportion(budget, {active[name]: w for name, w in weights.items()}, reward)

    people = People()
    for name, key in active.items():
        people.name(key, 0, name)
        given = sum(parts[key] for parts in rewards.values())
        if given:
            entry = intervals[-1], name
            earned[entry] = earned.get(entry, 0) + given
    pool = sum(request.units(policy["budget"]) for policy in policies)
    return Outcome(declared=pool, pool=pool, rewards=rewards, people=people, state=state_of(earned, request))


def state_of(earned, request):
    """What was earned up to now, by interval and name."""
    ordered = sorted(earned.items(), key=lambda item: (order(item[0][0]), item[0][1].encode()))
    return {
        "earned": [
            {"name": name, "interval": interval, "amount": request.text(amount)}
            for (interval, name), amount in ordered
        ]
    }


def weights_of(policy, budget, active, cred, intervals, earned):
    """The weight of every active account, by name."""
    kind = policy["policy"]
    if kind == "immediate":
        window = intervals[-whole(policy["lookback"], 1) :]
        return {name: sum(cred.get((interval, name), 0) for interval in window) for name in active}
    if kind == "recent":
        excluded = {normal(name) for name in policy.get("exclude", [])}
        return {
            name: 0 if name in excluded else discounted(name, policy["discount"], cred, intervals)
            for name in active
        }
    if kind == "balanced":
        window = intervals[-whole(policy["lookback"]) :]  # of 0: all
        return balanced(budget, active, cred, earned, window)
    if kind == "special":
        recipient = normal(policy["recipient"])
        if recipient not in active:
            raise Invalid(f"{recipient} is not an active account")
        return {name: int(name == recipient) for name in active}
    raise Invalid(f"unknown policy {kind}")


def discounted(name, discount, cred, intervals):
    """Cred over all intervals, of which each new one makes the older ones worth less."""
    scaled = decimal(discount) * SCALE
    if scaled.denominator != 1 or scaled > SCALE:
        raise Invalid(f"the discount {discount} is not in range")
    accumulated = 0
    for interval in intervals:
        accumulated = accumulated * (SCALE - int(scaled)) // SCALE + cred.get((interval, name), 0)
    return accumulated


def balanced(budget, active, cred, earned, window):
    """How far everybody is below their share of what the window gave, this budget included."""
    c, e = (
        {name: sum(amounts.get((interval, name), 0) for interval in window) for name in active}
        for amounts in (cred, earned)
    )
    all_c, all_e = sum(c.values()), sum(e.values())
    return {name: max(0, (all_e + budget) * c[name] - e[name] * all_c) for name in active}


def read_accounts(request):
    """Key and activity by name."""
    accounts = {}
    for row in request.table("accounts", ["name", "address", "active"]):
        name, active = normal(row["name"]), row["active"]
        if name in accounts or active not in ("true", "false"):
            raise Invalid(f"account {name} stands twice, or `{active}` is neither true nor false")
        accounts[name] = key_of(row["address"], "", name), active == "true"
    if len({key for key, _ in accounts.values()}) < len(accounts):
        raise Invalid("two accounts have one address: the rule is silent")
    return accounts


def read_cred(request, accounts):
    """Cred by interval and name, and the intervals in their order."""
    cred = {}
    for row in request.table("cred", ["name", "interval", "cred"]):
        entry = row["interval"], normal(row["name"])
        scaled = decimal(row["cred"]) * SCALE
        if entry[1] not in accounts:
            raise Invalid(f"{entry[1]} has cred and no account")
        if entry in cred or scaled.denominator != 1:
            raise Invalid(f"{entry} stands twice, or is finer than 1e-18: the rule is silent")
        cred[entry] = int(scaled)
    return cred, sorted({interval for interval, _ in cred}, key=order)


def read_earned(request):
    """What was earned before, by interval and name: the input, else what earlier rounds gave."""
    rows = request.table("earned", ["name", "interval", "amount"])
    if rows is None:
        rows = request.carried["state"]["earned"] if request.carried else []
    earned = {}
    for row in rows:
        entry = row["interval"], normal(row["name"])
        if entry in earned:
            raise Invalid(f"{entry} stands twice: the rule is silent")
        earned[entry] = request.units(row["amount"])
    return earned


def order(interval):
    """Intervals are numbered or dated."""
    if re.fullmatch("[0-9]+", interval):
        return int(interval), ""
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", interval):
        return 0, interval
    raise Invalid(f"`{interval}` is neither a number nor a day")


METHODS = {"grain-v1": grain_v1}

if __name__ == "__main__":
    run(__doc__, METHODS)
