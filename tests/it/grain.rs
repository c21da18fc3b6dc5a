//! grain-v1 over several rounds: earned grain from the ledger's own history.
