#!/usr/bin/env python3
"""Independent oracle of work-v1: impact of contributions, paid from a minted treasury.

Computes what a round folder must pay from the written rule alone; see common.py for the arguments.
"""

from common import Invalid, Outcome, People, decimal, key_of, run, whole


def work_v1(request):
    """Mints, owes every contributor for their impact, pays from the treasury and keeps the rest."""
    given = request.settings
    weeks = whole(given["weeks"], 1)
    minted = request.units(given.get("weekly_mint", "100")) * weeks
    if request.declared is not None and request.declared * 10 ** request.token["decimals"] != minted:
        raise Invalid(f"the pool is not what is minted, {request.text(minted)}")
    if request.carried:
        treasury, state = request.units(request.carried["kept"]), request.carried["state"]
        supply, weeks_before = request.units(state["supply"]), state["weeks"]
    else:
        treasury, supply, weeks_before = 0, request.units(given.get("initial_supply", "1")), 0
    available = treasury + minted

    people = People()
    owed = read_owed(request, people)
    shortfall = given.get("shortfall", "refuse")
    if sum(owed.values()) <= available:
        paid = owed
    elif shortfall == "scale":
        paid = request.apportion(available, owed, "work")
    else:
        raise Invalid(f"owed are {request.text(sum(owed.values()))}, the treasury holds {request.text(available)}")
    return Outcome(
        declared=minted,
        pool=minted,
        rewards={"work": paid},
        people=people,
        carried_in=treasury,
        kept=available - sum(paid.values()),
        state={"supply": request.text(supply + minted), "weeks": weeks_before + weeks},
    )


def read_owed(request, people):
    """Units by key: the impact of all rows, in tokens."""
    given, owed = request.settings, {}
    least, most = decimal(given.get("impact_min", 1)), decimal(given.get("impact_max", 10))
    for row in request.table("contributions", ["contributor", "address", "week", "impact"]):
        whole(row["week"], 1)
        impact = decimal(row["impact"])
        if not least <= impact <= most:
            raise Invalid(f"the impact {row['impact']} of {row['contributor']} is out of range")
        key = key_of(row["address"], "", row["contributor"])
        amount = impact * decimal(given.get("tokens_per_impact", "1")) * 10 ** request.token["decimals"]
        if amount.denominator != 1:
            raise Invalid(f"what {row['contributor']} is owed is finer than the token: the rule is silent")
        owed[key] = owed.get(key, 0) + int(amount)
        people.name(key, 0, row["contributor"])
    return owed


METHODS = {"work-v1": work_v1}

if __name__ == "__main__":
    run(__doc__, METHODS)
