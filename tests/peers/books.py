"""Loads books with beancount and prints, as JSON, what it finds in each file: errors, the balance of
every account, and the names of recipients. Errors are those of a loading with Python's own 28 digits,
as bean-check does it; balances those of a second one with 80."""
import decimal
import json
import os
import sys

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from beancount import loader
from beancount.core.data import Transaction


def balances(entries):
    sums = {}
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else []:
            sums[posting.account] = sums.get(posting.account, decimal.Decimal(0)) + posting.units.number
    return {name: format(number, "f") for name, number in sums.items() if number}


report = []
for file in sys.argv[1:]:
    decimal.getcontext().prec = 28
    errors = loader.load_file(file)[1]
    decimal.getcontext().prec = 80
    entries, exact_errors, options = loader.load_file(file)
    report.append(
        {
            "errors": [error.message for error in errors + exact_errors],
            "title": options["title"],
            "balances": balances(entries),
            "transactions": sum(isinstance(entry, Transaction) for entry in entries),
            "recipients": sorted(
                {posting.meta["recipient"] for entry in entries if isinstance(entry, Transaction)
                 for posting in entry.postings if "recipient" in posting.meta}
            ),
        }
    )
print(json.dumps(report))
