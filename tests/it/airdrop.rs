//! airdrop-v1: the made-up conformance snapshots, and the shape of a real airdrop.
