"""The versions of the Python packages that are installed."""

import importlib.metadata

import beancount.loader  # noqa: F401  (it must load)

print("beancount", importlib.metadata.version("beancount"))
