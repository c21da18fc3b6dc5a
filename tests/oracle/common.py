#!/usr/bin/env python3
"""What the oracle programs share: division, keys, reading, distribution.csv, cases.

A program of a method is a module with METHODS = {method id: rule}; `rule(request)` gives an Outcome.
Everything is written from the rules alone, with nothing but Python's standard library, and every number
is an exact fraction or integer; there is no float.
"""

import argparse
import csv
import hashlib
import importlib
import io
import json
import re
import sys
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from fractions import Fraction
from pathlib import Path

# The programs; one that is not there yet is skipped.
MODULES = ["praise", "airdrop", "conviction", "fractal", "work", "grain", "weighted"]

# Methods whose names are not the community's own names for its members: other methods' names win.
NAMES_NOBODY = {"sourcecred-v1", "airdrop-v1"}


class Invalid(Exception):
    """An input that the rules refuse."""


# ---------------------------------------------------------------- what a rule sees and gives


@dataclass
class Request:
    """One allocation of a round."""

    name: str
    method: str
    declared: Fraction | None  # token units; None where the round file names no pool
    inputs: dict  # as in the round file, see `files_of` and `table_of`
    settings: dict  # as in the round file, numbers are texts
    folder: Path
    round_id: str
    token: dict
    period: tuple  # first and last day
    carried: dict | None = None  # the record that the last round left: name, method, kept, state

    def units(self, value, what="an amount"):
        """A decimal in token units as units of the token."""
        value = value if isinstance(value, Fraction) else decimal(value)
        units = value * 10 ** self.token["decimals"]
        if units.denominator != 1:
            raise Invalid(f"{what} {value} is finer than the token")
        return int(units)

    def text(self, units):
        return text(units, self.token)

    def apportion(self, units, weights, reward):
        return apportion(units, weights, self.round_id, reward)

    def files_of(self, entry):
        """The files of a path, of a list of paths, or of a folder in byte order."""
        files = []
        for path in entry if isinstance(entry, list) else [entry]:
            path = self.folder / path
            inner = sorted((file for file in path.iterdir()), key=lambda file: file.name.encode()) if path.is_dir() else [path]
            files.extend(inner)
        return files

    def table(self, role, columns, optional=()):
        """The rows of a role's one file by lower-case column; None where the round has no such input."""
        if role not in self.inputs:
            return None
        return rows_of(self.folder / self.inputs[role], columns, optional)


@dataclass
class Outcome:
    """What a rule gives; amounts in units of the token."""

    declared: int
    pool: int
    rewards: dict  # reward -> {recipient key: units}, in the order of the columns
    people: "People"
    carried_in: int = 0
    brought_in: int = 0
    kept: int = 0
    state: dict | None = None
    tables: dict = field(default_factory=dict)  # name -> [header, row, row ...], cells as texts


# ---------------------------------------------------------------- division


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

    def name(self, key, order, name):
        """The name of the lowest order is shown."""
        if normal(name):
            candidate = (order, name.strip())
            self.names[key] = min(self.names.get(key, candidate), candidate)

    def account(self, key, account):
        if account:
            self.accounts.setdefault(key, set()).add(account)

    def shown(self, key):
        return self.names[key][1] if key in self.names else ""


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


def read_json(path):
    """Numbers stay the text they are written in."""
    return json.loads(path.read_text("utf-8-sig"), parse_float=str, parse_int=str)


def table(path, upper=True):
    """The rows of a CSV table; the header may be in any letter case, blank lines and columns without a
    name are skipped."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, strict=True) if row and row != [""]]
    header = [name.strip().upper() if upper else name.strip().lower() for name in rows[0]]
    if any(len(row) != len(header) for row in rows):
        raise Invalid(f"{path.name}: a row has another number of columns than the header")
    return [{name: value for name, value in zip(header, row) if name} for row in rows[1:]]


def rows_of(path, columns, optional=()):
    """The named columns of a table, trimmed; guards of texts against spreadsheets taken off."""
    rows = table(path, upper=False)
    for row in rows[:1]:
        missing = [name for name in columns if name not in row]
        if missing:
            raise Invalid(f"{path.name}: column missing: {', '.join(missing)}")
    return [{name: unguarded(row.get(name, "")).strip() for name in (*columns, *optional)} for row in rows]


def unguarded(value):
    return value[1:] if value[:1] == "'" and value[1:2] in tuple("=+-@'\t\r") else value


def decimal(value):
    value = str(value).strip()
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        raise Invalid(f"`{value}` is not a plain non-negative decimal")
    return Fraction(value)


def whole(value, least=0):
    if not re.fullmatch(r"[0-9]+", str(value)) or int(value) < least:
        raise Invalid(f"`{value}` is not a whole number from {least} on")
    return int(value)


def instant(value):
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise Invalid(f"`{value}` has no offset")
    return moment.astimezone(timezone.utc)


def normal(name):
    """Names are compared in this form."""
    return unicodedata.normalize("NFC", name).strip()


def native_plan(folder):
    """The period and the allocations of a round.json."""
    plan = read_json(folder / "round.json")
    period = tuple(date.fromisoformat(plan["period"][end]) for end in ("start", "end"))
    return period, [
        (a["name"], a["method"], a.get("pool"), a["inputs"], a.get("settings", {})) for a in plan["allocations"]
    ]


def read_token(folder):
    path = folder / "token.json"
    token = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {"symbol": "TOK", "decimals": 18} | token


# ---------------------------------------------------------------- rounds


@dataclass
class Round:
    """What a round gives: the texts of distribution.csv and of tables, the figures, what is carried."""

    distribution: str
    expected: dict
    tables: dict
    carry: dict


def compute_round(folder, round_id, token, plan, methods, before=None):
    """Runs the rules of a plan's allocations on what the round before left."""
    period, allocations = plan
    before = before or {"held": 0, "allocations": []}
    carried = {record["name"]: record for record in before["allocations"]}
    outcomes, figures, records = [], [], []
    for name, method, declared, inputs, settings in allocations:
        if method not in methods:
            raise Invalid(f"unknown method {method}")
        if name in carried and carried[name]["method"] != method:
            raise Invalid(f"what {name} carries is of another method")
        declared = None if declared is None else decimal(declared)
        request = Request(
            name, method, declared, inputs, settings, folder, round_id, token, period, carried.pop(name, None)
        )
        outcome = methods[method](request)
        outcomes.append((name, method, outcome))
        figures.append(figures_of(name, outcome, token))
        if outcome.state is not None or outcome.kept:
            kept = text(outcome.kept, token)
            records.append({"name": name, "method": method, "kept": kept, "state": outcome.state})
    for record in carried.values():  # not named in this round: carried on
        records.append(record)
        if decimal(record["kept"]):
            figures.append(figures_of(record["name"], idle(kept=decimal(record["kept"]), token=token), token))
    lines = lines_of(outcomes)
    if before["held"]:
        figures.append(figures_of("held", Outcome(0, 0, {}, People(), carried_in=before["held"]), token, before["held"]))
    held = before["held"] + sum(sum(line["amounts"]) for line in lines if not line["address"])
    expected = {"allocations": figures}
    if records:
        records.sort(key=lambda record: record["name"])
        expected["carry"] = records
    columns = columns_of(outcomes)
    return Round(
        distribution(columns, lines, token), expected, tables_of(outcomes), {"held": held, "allocations": records}
    )


def idle(kept, token):
    units = int(kept * 10 ** token["decimals"])
    return Outcome(0, 0, {}, People(), carried_in=units, kept=units)


def figures_of(name, outcome, token, still_held=0):
    """pool + carried_in + brought_in = paid + held + kept + unallocated."""
    given = [(key, units) for parts in outcome.rewards.values() for key, units in parts.items()]
    paid = sum(units for key, units in given if key.startswith("0x"))
    held = sum(units for key, units in given if not key.startswith("0x")) + still_held
    rest = outcome.pool + outcome.carried_in + outcome.brought_in - paid - held - outcome.kept
    if rest < 0:
        raise Invalid(f"{name} gives more than it has")
    figures = {
        "declared": outcome.declared,
        "pool": outcome.pool,
        "carried_in": outcome.carried_in,
        "brought_in": outcome.brought_in,
        "paid": paid,
        "held": held,
        "kept": outcome.kept,
        "unallocated": rest,
    }
    return {"name": name} | {what: text(units, token) for what, units in figures.items()}


def columns_of(outcomes):
    """A reward's column: its name, or `<allocation>.<reward>` where several allocations have it."""
    rewards = [reward for _, _, outcome in outcomes for reward in outcome.rewards]
    return [
        reward if rewards.count(reward) == 1 else f"{name}.{reward}"
        for name, _, outcome in outcomes
        for reward in outcome.rewards
    ]


def tables_of(outcomes):
    """The texts of the tables, named as the columns are."""
    names = [table for _, _, outcome in outcomes for table in outcome.tables]
    return {
        f"{table if names.count(table) == 1 else f'{name}.{table}'}.csv": table_text(rows)
        for name, _, outcome in outcomes
        for table, rows in outcome.tables.items()
    }


def lines_of(outcomes):
    """One line a recipient, in the order of distribution.csv: total descending, address, name, key."""
    named = sorted(outcomes, key=lambda entry: entry[1] in NAMES_NOBODY)  # stable
    parts = [parts for _, _, outcome in outcomes for parts in outcome.rewards.values()]
    lines = []
    for key in {key for amounts in parts for key in amounts}:
        people = [outcome.people for _, _, outcome in named]
        accounts = sorted(set().union(*(who.accounts.get(key, ()) for who in people)))
        lines.append(
            {
                "name": next((who.shown(key) for who in people if who.shown(key)), ""),
                "address": key if key.startswith("0x") else "",
                "key": "" if key.startswith("0x") else key,
                "accounts": " ".join(accounts),
                "amounts": [amounts.get(key, 0) for amounts in parts],
            }
        )
    return sorted(lines, key=lambda line: (-sum(line["amounts"]), line["address"], line["name"], line["key"]))


# ---------------------------------------------------------------- writing


def distribution(columns, lines, token):
    rows = [["recipient", "address", "key", "accounts", *columns, "total"]]
    for line in lines:
        amounts = [text(units, token) for units in (*line["amounts"], sum(line["amounts"]))]
        rows.append([cell(line["name"]), line["address"], cell(line["key"]), cell(line["accounts"]), *amounts])
    return table_text(rows)


def table_text(rows):
    """RFC 4180 with line feeds. Text cells must have gone through `cell`."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def cell(value):
    """A text cell that a spreadsheet would take for a formula gets one leading apostrophe."""
    return "'" + value if value[:1] in tuple("=+-@'\t\r") else value


def text(units, token):
    """Units as a plain decimal in token units, exact, without trailing zeros."""
    units = Fraction(units)
    if units.denominator != 1:
        raise Invalid("an amount is finer than the token")
    return plain(units.numerator, token["decimals"])


def plain(units, decimals):
    """An integer of 10^-decimals as a plain decimal without trailing zeros."""
    digits = str(units).zfill(decimals + 1)
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return whole + ("." + part if part else "")


def pretty(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------- cases


def all_modules():
    return [importlib.import_module(name) for name in MODULES if (Path(__file__).parent / f"{name}.py").exists()]


def all_methods():
    return {method: rule for module in all_modules() for method, rule in module.METHODS.items()}


def plan_of(folder, revision="1"):
    """The plan of a folder with round.json, or of one of RAD's with parameters.json."""
    native, rad = folder / "round.json", folder / "parameters.json"
    if native.exists() == rad.exists():
        raise Invalid("exactly one of round.json and parameters.json must be there")
    return native_plan(folder) if native.exists() else importlib.import_module("praise").rad_plan(rad, revision)


def rounds_of(case):
    """(folder, round id) of the rounds of a case: itself, or its folders 1, 2 ..."""
    if not (case / "1").is_dir():
        return [(case, case.name)]
    count = next(number for number in range(2, 1000) if not (case / str(number)).is_dir())
    return [(case / str(number), f"{case.name}-{number}") for number in range(1, count)]


def compute_case(case, methods=None):
    """Yields (folder, Round) of a case's rounds, each on what the one before left."""
    methods, before, token = methods or all_methods(), None, read_token(case)
    for folder, round_id in rounds_of(case):
        result = compute_round(folder, round_id, token, plan_of(folder), methods, before)
        before = result.carry
        yield folder, result


def bless(case, tables=()):
    """Writes what a case expects; of tables those whose files are there already, or that are named."""
    for folder, result in compute_case(case):
        (folder / "expected.csv").write_text(result.distribution, "utf-8", newline="")
        (folder / "expected.json").write_text(pretty(result.expected), "utf-8")
        for name, content in result.tables.items():
            path = folder / "expected-tables" / name
            if path.exists() or name in tables:
                path.parent.mkdir(exist_ok=True)
                path.write_text(content, "utf-8", newline="")


def differences(case):
    """What a case expects and is computed otherwise."""
    found = []
    for folder, result in compute_case(case):
        if result.distribution != (folder / "expected.csv").read_text("utf-8"):
            found.append(f"{folder.name}/expected.csv")
        expected = json.loads((folder / "expected.json").read_text("utf-8"))
        # Older cases do not name every figure; those that they name must be equal.
        computed = [
            {field: value for field, value in ours.items() if field in theirs}
            for ours, theirs in zip(result.expected["allocations"], expected["allocations"])
        ]
        if computed != expected["allocations"] or result.expected.get("carry") != expected.get("carry"):
            found.append(f"{folder.name}/expected.json")
        for path in sorted(folder.glob("expected-tables/*.csv")):
            if result.tables.get(path.name) != path.read_text("utf-8"):
                found.append(f"{folder.name}/expected-tables/{path.name}")
    return found


def test(vectors, methods=None):
    """Every case below `vectors` of the methods named (all), computed again."""
    cases = {path.parent.resolve() for path in vectors.rglob("WHY.md")}
    if methods:
        cases = {case for case in cases if case.parent.name in methods}
    wrong = 0
    for case in sorted(cases):
        try:
            found = differences(case)
        except Exception as problem:  # a case that cannot be computed is a wrong case, the others go on
            found = [f"{type(problem).__name__}: {problem}"]
        wrong += bool(found)
        print("FAIL" if found else "ok  ", case.parent.name, case.name, *found)
    print(f"{len(cases)} cases, {wrong} wrong")
    return 1 if wrong or not cases else 0


def main(doc, methods=None, conformance=None):
    """The command line of a program: `--test VECTORS`, `--conformance PATH`, or one case."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("tests/vectors"))
    parser.add_argument("--test", action="store_true", help="compute every case below FOLDER and compare")
    parser.add_argument("--bless", action="store_true", help="write what the case FOLDER expects")
    parser.add_argument("--tables", default="", help="with --bless: tables to write, as a.csv,b.csv")
    parser.add_argument("--conformance", action="store_true", help="compare with the published figures in FOLDER")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if arguments.conformance:
        return conformance(folder) if conformance else sys.exit("error: no published figures are compared")
    if arguments.test:
        return test(folder, methods)
    if arguments.bless:
        bless(folder, arguments.tables.split(","))
        return 0
    for _, result in compute_case(folder):
        sys.stdout.write(result.distribution + pretty(result.expected))
        for name, content in result.tables.items():
            sys.stdout.write(f"\n{name}\n{content}")
    return 0


def run(*arguments):
    try:
        sys.exit(main(*arguments))
    except Invalid as problem:
        sys.exit(f"error: {problem}")
