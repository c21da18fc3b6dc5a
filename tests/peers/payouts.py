"""Reads the tables of a folder of payout files with Python's csv module and exact fractions, and
holds them against expected.json beside them."""

import csv
import json
import pathlib
import sys
from fractions import Fraction

folder = pathlib.Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
unit = Fraction(1, 10 ** expected["token"]["decimals"])
payments = [(payment["address"], int(payment["units"])) for payment in expected["payments"]]


def rows(path):
    with path.open(encoding="ascii", newline="") as file:
        return list(csv.reader(file, strict=True))


def hold(name, found):
    found = [(address, Fraction(amount) / unit) for address, amount in found]
    assert found == payments, name
    print(name, len(found))


def number(path):
    return int(path.stem.rpartition("-")[2]) if path.stem.count("-") > 1 else 0


hold("aragon", [(address, amount) for address, amount, symbol in rows(folder / "aragon.csv")])
hold("disperse", [(address, amount) for address, amount in rows(folder / "disperse.txt")])
safe = []
for path in sorted(folder.glob("safe-airdrop*.csv"), key=number):
    with path.open(encoding="ascii", newline="") as file:
        safe += [(row["receiver"], row["amount"]) for row in csv.DictReader(file, strict=True)]
hold("safe-csv", safe)
