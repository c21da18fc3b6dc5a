#!/usr/bin/env python3
"""Independent oracle of praise-v1 and sourcecred-v1.

Computes what a round folder must pay, from the written rules alone and with nothing but Python's
standard library, so that the Rust methods are checked by a program that shares no line with them.
Every number is an exact fraction from its decimal text; there is no float.

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
import csv
import hashlib
import io
import json
import re
import sys
import unicodedata
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path


class Invalid(Exception):
    """An input that the rules refuse."""


# ---------------------------------------------------------------- the rules


def praise_v1(inputs, settings, pool, round_id, token):
    """Steps 1 to 6 of praise-v1. `inputs` are the rows of the praise and rewardboard tables."""
    praise, board = inputs
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
        people.name(key, 1, (instant(row["DATE"]), row["ID"], 0), row["TO USER ACCOUNT"])
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
                people.name(key, 0, min(slots_of[quantifier]), quantifier)

    members = {address_of(row["ID"]): 1 for row in board}
    rewards = {}
    for reward, units, weights in zip(
        ("praise", "quantifier", "rewardboard"), pools, (contributors, quantifiers, members)
    ):
        rewards[reward] = apportion(int(units), weights, round_id, reward)
    return int(exact * 10 ** token["decimals"] // 1), rewards, people


def sourcecred_v1(rows, settings, pool, round_id, token):
    """Pays a SourceCred export: in proportion to the amounts, or the amounts as they are."""
    people, amounts = People(), {}
    for row in rows:
        key = key_of(row["address"], "", row["name"])
        amounts[key] = amounts.get(key, 0) + decimal(row["vested_amount"])
        people.name(key, 2, normal(row["name"]).encode(), row["name"])
    unit = 10 ** token["decimals"]
    total = sum(amounts.values())
    if settings["amounts"] == "as-given":
        dust = total > pool and (total - pool) * 10**6 <= pool
        if total > pool and not dust:
            if settings["over_pool"] != "record":
                raise Invalid(f"the file's sum {text(total * unit, token)} is above the pool {text(pool * unit, token)}")
            pool = total
        if not dust:
            if any(amount * unit % 1 for amount in amounts.values()):
                raise Invalid("an amount is finer than the token")
            paid = {key: int(amount * unit) for key, amount in amounts.items()}
            return int(pool * unit // 1), {"sourcecred": paid}, people
    units = int(pool * unit // 1)
    return units, {"sourcecred": apportion(units, amounts, round_id, "sourcecred")}, people


def apportion(units, weights, round_id, reward):
    """Largest remainder; equal remainders in ascending order of the SHA-256 of round, reward, key."""
    total = sum(weights.values())
    if not total:
        return {key: 0 for key in weights}
    exact = {key: Fraction(units) * weight / total for key, weight in weights.items()}
    parts = {key: int(share // 1) for key, share in exact.items()}

    def rank(key):
        digest = hashlib.sha256(f"{round_id}\n{reward}\n{key}".encode()).hexdigest()
        return parts[key] - exact[key], digest

    for key in sorted(weights, key=rank)[: units - sum(parts.values())]:
        parts[key] += 1
    return parts


# ---------------------------------------------------------------- people


class People:
    """Display names and account ids of the recipient keys."""

    def __init__(self):
        self.names, self.accounts = {}, {}

    def name(self, key, rank, order, name):
        """The name of the lowest rank (quantifier, receiver, SourceCred) and then order is shown."""
        if normal(name):
            candidate = (rank, order, name.strip())
            self.names[key] = min(self.names.get(key, candidate), candidate)

    def account(self, key, account):
        if account:
            self.accounts.setdefault(key, set()).add(account)

    def merge(self, other):
        for key, candidate in other.names.items():
            self.names[key] = min(self.names.get(key, candidate), candidate)
        for key, accounts in other.accounts.items():
            self.accounts.setdefault(key, set()).update(accounts)


def key_of(address, account, name):
    """The lower-case address, else the account id, else the name."""
    if address.strip():
        return address_of(address)
    if account:
        return f"id:{account}"
    if not normal(name):
        raise Invalid("a recipient without address, account and name")
    return f"name:{normal(name)}"


def address_of(text):
    text = text.strip()
    if not re.fullmatch("0[xX][0-9a-fA-F]{40}", text):
        raise Invalid(f"`{text}` is not an address")
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and digits != checksummed(digits.lower()):
        raise Invalid(f"`{text}` fails its EIP-55 checksum")
    return "0x" + digits.lower()


def checksummed(digits):
    """EIP-55: a letter is upper case where the Keccak-256 of the digits has 8 or more."""
    digest = keccak256(digits.encode())
    return "".join(d.upper() if int(h, 16) >= 8 else d for d, h in zip(digits, digest))


def keccak256(message):
    """Keccak-256 of a message shorter than one block (hashlib has only the later SHA-3 padding)."""
    block = bytearray(136)
    block[: len(message)] = message
    block[len(message)] ^= 0x01
    block[135] ^= 0x80
    lanes = {(i % 5, i // 5): int.from_bytes(block[8 * i : 8 * i + 8], "little") for i in range(17)}
    a = [[lanes.get((x, y), 0) for y in range(5)] for x in range(5)]

    def turn(lane, count):
        count %= 64
        return ((lane << count) | (lane >> (64 - count))) & (2**64 - 1)

    register = 1
    for _ in range(24):
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[x - 1] ^ turn(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, lane = 1, 0, a[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            lane, a[x][y] = a[x][y], turn(lane, (step + 1) * (step + 2) // 2)
        a = [[a[x][y] ^ (~a[(x + 1) % 5][y] & a[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        for j in range(7):
            register = (register << 1) ^ ((register >> 7) * 0x171)
            if register & 2:
                a[0][0] ^= 1 << ((1 << j) - 1)
    return b"".join(a[i][0].to_bytes(8, "little") for i in range(4)).hex()


# ---------------------------------------------------------------- reading


def read_round(folder, revision, over_pool):
    """The allocations of a folder: (name, method, pool, inputs, settings)."""
    native, rad = folder / "round.json", folder / "parameters.json"
    if native.exists() == rad.exists():
        raise Invalid("exactly one of round.json and parameters.json must be there")
    plan = native_plan(native) if native.exists() else rad_plan(rad, revision)
    for name, method, pool, files, settings in plan:
        if method == "praise-v1":
            inputs = table(folder / files["praise"]), table(folder / files["rewardboard"])
        else:
            if over_pool:
                settings["over_pool"] = over_pool
            inputs = table(folder / files["sourcecred"], upper=False)
        yield name, method, decimal(pool), inputs, settings


def native_plan(path):
    for allocation in read_json(path)["allocations"]:
        given = allocation.get("settings", {})
        if allocation["method"] == "praise-v1":
            settings = praise_settings(
                [given[f"{kind}_share"] for kind in ("contributor", "quantifier", "rewardboard")],
                given.get("ceiling_cutoff"),
                given["quantifiers"],
                given["allowed_values"],
                given["duplicate_valuation"],
                native=True,
            )
        elif allocation["method"] == "sourcecred-v1":
            settings = {"amounts": given.get("amounts", "proportional"), "over_pool": given.get("over_pool")}
        else:
            raise Invalid(f"unknown method {allocation['method']}")
        yield allocation["name"], allocation["method"], allocation["pool"], allocation["inputs"], settings


def rad_plan(path, revision):
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
            yield system, "sourcecred-v1", pool, files, {"amounts": "as-given", "over_pool": None}
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


def read_json(path):
    """Numbers stay the text they are written in."""
    return json.loads(path.read_text("utf-8-sig"), parse_float=str, parse_int=str)


def table(path, upper=True):
    """The rows of a CSV table; the header may be in any letter case, blank lines are skipped."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, strict=True) if row and row != [""]]
    header = [name.strip().upper() if upper else name.strip().lower() for name in rows[0]]
    if any(len(row) != len(header) for row in rows):
        raise Invalid(f"{path.name}: a row has another number of columns than the header")
    return [dict(zip(header, row)) for row in rows[1:]]


def decimal(value):
    value = str(value).strip()
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        raise Invalid(f"`{value}` is not a plain non-negative decimal")
    return Fraction(value)


def instant(value):
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise Invalid(f"`{value}` has no offset")
    return moment.astimezone(timezone.utc)


def normal(name):
    """Names are compared in this form."""
    return unicodedata.normalize("NFC", name).strip()


# ---------------------------------------------------------------- writing


def compute(folder, round_id, token, revision="1", only=None, over_pool=None):
    """The distribution's text and the allocations' totals."""
    columns, people, totals = {}, People(), []
    for name, method, declared, inputs, settings in read_round(folder, revision, over_pool):
        if only and name != only:
            continue
        rule = praise_v1 if method == "praise-v1" else sourcecred_v1
        pool, rewards, named = rule(inputs, settings, declared, round_id, token)
        people.merge(named)
        columns.update(rewards)
        given = [(key, units) for parts in rewards.values() for key, units in parts.items()]
        paid = sum(units for key, units in given if key.startswith("0x"))
        held = sum(units for key, units in given if not key.startswith("0x"))
        figures = {"declared": declared * 10 ** token["decimals"], "pool": pool, "paid": paid, "held": held}
        figures.update(kept=0, unallocated=pool - paid - held)
        totals.append({"name": name} | {what: text(units, token) for what, units in figures.items()})
    return distribution(columns, people, token), {"allocations": totals}


def distribution(columns, people, token):
    """distribution.csv: total descending, then address, recipient, key."""
    lines = []
    for key in {key for parts in columns.values() for key in parts}:
        name = people.names.get(key, (0, 0, ""))[2]
        address, shown_key = (key, "") if key.startswith("0x") else ("", key)
        amounts = [parts.get(key, 0) for parts in columns.values()]
        accounts = " ".join(sorted(people.accounts.get(key, ())))
        lines.append((-sum(amounts), address, name, shown_key, accounts, amounts))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["recipient", "address", "key", "accounts", *columns, "total"])
    for total, address, name, key, accounts, amounts in sorted(lines):
        writer.writerow(
            [cell(name), address, cell(key), cell(accounts), *(text(units, token) for units in amounts), text(-total, token)]
        )
    return out.getvalue()


def cell(value):
    """A text cell that a spreadsheet would take for a formula gets one leading apostrophe."""
    return "'" + value if value[:1] in tuple("=+-@'\t\r") else value


def text(units, token):
    """Units as a plain decimal in token units, exact, without trailing zeros."""
    units = Fraction(units)
    if units.denominator != 1:
        raise Invalid("an amount is finer than the token")
    decimals = token["decimals"]
    digits = str(units.numerator).zfill(decimals + 1)
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return whole + ("." + part if part else "")


def read_token(folder):
    path = folder / "token.json"
    token = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {"symbol": "TOK", "decimals": 18} | token


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
    if arguments.test:
        return test(arguments.folder)
    folder = arguments.folder.resolve()
    rows, totals = compute(
        folder,
        arguments.round_id or folder.name,
        read_token(folder),
        arguments.revision,
        arguments.only,
        arguments.over_pool,
    )
    if arguments.bless:
        (folder / "expected.csv").write_text(rows, "utf-8", newline="")
        (folder / "expected.json").write_text(pretty(totals), "utf-8")
    else:
        sys.stdout.write(pretty(totals) if arguments.totals else rows)
    return 0


def test(vectors):
    """Every folder below `vectors` that holds expected.csv, computed again."""
    wrong = 0
    cases = sorted(path.parent.resolve() for path in vectors.rglob("expected.csv"))
    for case in cases:
        rows, totals = compute(case, case.name, read_token(case))
        same = rows == (case / "expected.csv").read_text("utf-8")
        same = same and totals == json.loads((case / "expected.json").read_text("utf-8"))
        wrong += not same
        print("ok  " if same else "FAIL", case.parent.name, case.name)
    print(f"{len(cases)} cases, {wrong} wrong")
    return 1 if wrong or not cases else 0


def pretty(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Invalid as problem:
        sys.exit(f"error: {problem}")
