#!/usr/bin/env python3
"""Independent oracle of praise-v1 and sourcecred-v1.

Computes what a round folder must pay, from the written rules alone and with nothing but Python's
standard library, so that the Rust methods are checked by a program that shares no line with them.
Every number is an exact fraction from its decimal text; there is no float. What the programs share stands in
common.py; check.py computes all vectors of all methods.

    praise.py FOLDER                          distribution as CSV, amounts in token units
    praise.py FOLDER --revision 2             RAD folders: reads praise.2.csv
    praise.py FOLDER --only praise            one allocation, without the others
    praise.py FOLDER --over-pool record       the override of a ledger.json, for sourcecred
    praise.py FOLDER --totals                 the allocations' totals as JSON
    praise.py FOLDER --bless                  writes expected.csv and expected.json beside the inputs
    praise.py --test VECTORS                  computes every case below VECTORS and compares

FOLDER holds round.json or RAD's parameters.json, and token.json where the token is not TOK with 18
decimals. The folder's name is the round id of the tie rule (--round-id gives another).
"""

import argparse
import sys
from pathlib import Path

import common
from common import Invalid, Outcome, People, address_of, decimal, instant, key_of, normal, read_json, table, text


# ---------------------------------------------------------------- the rules


def praise_v1(request):
    """Steps 1 to 6 of praise-v1."""
    pool, token, settings = request.declared, request.token, praise_settings_of(request)
    praise, board = (table(request.folder / request.inputs[role]) for role in ("praise", "rewardboard"))
    slots = range(1, settings["quantifiers"] + 1)
    exact, cutoff = pool, settings["ceiling_cutoff"]
    if cutoff is not None and len(praise) < cutoff:
        exact = pool * len(praise) / cutoff
    if sum(settings["shares"]) > 1:
        raise Invalid("the shares sum to more than 1")
    step = 10 ** min(6, token["decimals"])
    pools = [exact * share * step // 1 * (10 ** token["decimals"] // step) for share in settings["shares"]]

    people = People()
    contributors, seen = {}, set()
    for row in praise:
        if row["ID"] in seen:
            raise Invalid(f"praise {row['ID']} stands twice")
        seen.add(row["ID"])
        account = row["TO USER ACCOUNT ID"].strip()
        key = key_of(row["TO ETH ADDRESS"], account, row["TO USER ACCOUNT"])
        average = decimal(row["AVG SCORE"])
        contributors[key] = contributors.get(key, 0) + average
        people.name(key, (1, instant(row["DATE"]), row["ID"], 0), row["TO USER ACCOUNT"])
        people.account(key, account)

    counts, scores, keys, slots_of = {}, {}, {}, {}
    for row in praise:
        for k in slots:
            name, address = normal(row[f"QUANTIFIER {k} USERNAME"]), row[f"QUANTIFIER {k} ETH ADDRESS"]
            score, original = decimal(row[f"SCORE {k}"] or "0"), row[f"DUPLICATE ID {k}"].strip()
            if settings["native"] and score not in settings["allowed_values"]:
                raise Invalid(f"praise {row['ID']}: score {score} is not allowed")
            if original == row["ID"]:
                raise Invalid(f"praise {row['ID']} is its own duplicate")
            if not name and not address.strip():
                continue  # nobody was asked
            key = key_of(address, "", name)
            quantifier = name or key
            known = keys.get(quantifier, key)
            if known != key and known.startswith("0x") and key.startswith("0x"):
                raise Invalid(f"quantifier {name} has two addresses")
            keys[quantifier] = known if known.startswith("0x") else key  # an address once given counts
            scores[quantifier] = scores.get(quantifier, 0) + score
            counts[quantifier] = counts.get(quantifier, 0) + (not original)
            slots_of.setdefault(quantifier, []).append((instant(row["DATE"]), row["ID"], k))
    quantifiers = {}
    for quantifier, count in counts.items():
        if scores[quantifier] > 0:
            key = keys[quantifier]
            quantifiers[key] = quantifiers.get(key, 0) + count
            if quantifier != key:  # one who is left out gives no name either
                people.name(key, (0, *min(slots_of[quantifier])), quantifier)

    members = {address_of(row["ID"]): 1 for row in board}
    rewards = {}
    for reward, units, weights in zip(
        ("praise", "quantifier", "rewardboard"), pools, (contributors, quantifiers, members)
    ):
        rewards[reward] = request.apportion(int(units), weights, reward)
    unit = 10 ** token["decimals"]
    return Outcome(units_of(pool * unit), int(exact * unit // 1), rewards, people)


def sourcecred_v1(request):
    """Pays a SourceCred export: in proportion to the amounts, or the amounts as they are."""
    people, amounts = People(), {}
    pool, token, settings = request.declared, request.token, request.settings
    declared = units_of(pool * 10 ** token["decimals"])
    for row in table(request.folder / request.inputs["sourcecred"], upper=False):
        key = key_of(row["address"], "", row["name"])
        amounts[key] = amounts.get(key, 0) + decimal(row["vested_amount"])
        people.name(key, normal(row["name"]).encode(), row["name"])
    unit = 10 ** token["decimals"]
    total = sum(amounts.values())
    if settings.get("amounts", "proportional") == "as-given":
        dust = total > pool and (total - pool) * 10**6 <= pool
        if total > pool and not dust:
            if settings.get("over_pool") != "record":
                raise Invalid(f"the file's sum {text(total * unit, token)} is above the pool {text(pool * unit, token)}")
            pool = total
        if not dust:
            if any(amount * unit % 1 for amount in amounts.values()):
                raise Invalid("an amount is finer than the token")
            paid = {key: int(amount * unit) for key, amount in amounts.items()}
            return Outcome(declared, int(pool * unit // 1), {"sourcecred": paid}, people)
    units = int(pool * unit // 1)
    return Outcome(declared, units, {"sourcecred": request.apportion(units, amounts, "sourcecred")}, people)


# ---------------------------------------------------------------- reading


def praise_settings_of(request):
    """Those of a round.json; a plan of RAD's brings them as they are used."""
    given = request.settings
    if "native" in given:
        return given
    return praise_settings(
        [given[f"{kind}_share"] for kind in ("contributor", "quantifier", "rewardboard")],
        given.get("ceiling_cutoff"),
        given["quantifiers"],
        given["allowed_values"],
        given["duplicate_valuation"],
        native=True,
    )


def rad_plan(path, revision):
    """The allocations of a parameters.json, as `common.plan_of` gives them."""
    return (None, None), list(rad_allocations(path, revision))


def rad_allocations(path, revision):
    parameters = read_json(path)
    systems = parameters["employed_reward_systems"]
    pools = parameters["token_allocation_per_reward_system"]
    for system, pool in zip(systems, pools, strict=True):
        if decimal(pool) == 0:
            continue
        given = parameters["system_settings"][system]
        files = given["input_files"]
        if system == "praise":
            shares, quantification = given["token_reward_percentages"], given["quantification_settings"]
            settings = praise_settings(
                [shares[f"{kind}_rewards"] for kind in ("contributor", "quantifier", "rewardboard")],
                shares.get("ceiling_cutoff"),
                quantification["number_of_quantifiers_per_praise_receiver"],
                quantification["praise_quantify_allowed_values"],
                quantification["praise_quantify_duplicate_praise_valuation"],
                native=False,
            )
            numbered = (path.parent / "praise.1.csv").exists()
            praise = f"praise.{revision}.csv" if numbered else files["praise_data"]
            files = {"praise": praise, "rewardboard": files["rewardboard_list"]}
            yield system, "praise-v1", pool, files, settings
        elif system == "sourcecred":
            files = {"sourcecred": files["sourcecred_data"]}
            yield system, "sourcecred-v1", pool, files, {"amounts": "as-given"}
        else:
            raise Invalid(f"unknown reward system {system}")


def praise_settings(shares, cutoff, quantifiers, allowed_values, valuation, native):
    decimal(valuation)  # read for `check` and the tables; the rule itself takes AVG SCORE as it is
    if cutoff is not None and int(cutoff) == 0:
        raise Invalid("a ceiling_cutoff of 0")
    return {
        "shares": [decimal(share) for share in shares],
        "ceiling_cutoff": None if cutoff is None else int(cutoff),
        "quantifiers": int(quantifiers),
        "allowed_values": [decimal(value) for value in allowed_values],
        "native": native,
    }


def units_of(units):
    if units.denominator != 1:
        raise Invalid("a pool is finer than the token")
    return int(units)


METHODS = {"praise-v1": praise_v1, "sourcecred-v1": sourcecred_v1}


# ---------------------------------------------------------------- the command line


def compute(folder, round_id, revision="1", only=None, over_pool=None):
    """The round, or one allocation of it."""
    period, allocations = common.plan_of(folder, revision)
    allocations = [allocation for allocation in allocations if only in (None, allocation[0])]
    for _, method, _, _, settings in allocations:
        if over_pool and method == "sourcecred-v1":
            settings["over_pool"] = over_pool
    return common.compute_round(folder, round_id, common.read_token(folder), (period, allocations), METHODS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--revision", default="1")
    parser.add_argument("--only")
    parser.add_argument("--over-pool", choices=["refuse", "record"])
    parser.add_argument("--round-id")
    parser.add_argument("--totals", action="store_true")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("--test", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if arguments.test:
        return common.test(folder, METHODS)
    if arguments.bless:
        common.bless(folder)
        return 0
    result = compute(
        folder, arguments.round_id or folder.name, arguments.revision, arguments.only, arguments.over_pool
    )
    sys.stdout.write(common.pretty(result.expected) if arguments.totals else result.distribution)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Invalid as problem:
        sys.exit(f"error: {problem}")
