//! ledger-example/: its committed results are what its inputs give.
