//! work-v1: minted, paid and kept over several rounds.
