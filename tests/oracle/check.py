#!/usr/bin/env python3
"""Computes every vector with the oracle programs and compares.

    check.py tests/vectors                    all methods, all cases
    check.py --conformance ../shared/conformance    the published and worked figures
"""

import sys
from pathlib import Path

import common


def conformance(folder):
    """Runs the comparison of every program that has one."""
    wrong = [module.__name__ for module in common.all_modules() if getattr(module, "conformance", None) and module.conformance(folder)]
    return 1 if wrong else 0


if __name__ == "__main__":
    if "--conformance" in sys.argv:
        common.run(__doc__, None, conformance)
    sys.exit(common.test(Path(sys.argv[1] if len(sys.argv) > 1 else "tests/vectors")))
