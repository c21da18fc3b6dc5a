#!/bin/sh
# Measures the Merkle tree of OpenZeppelin's own library beside ours, on the same made-up payments:
#
#     benches/merkle.sh 100000            # how many payments
#
# Both are given the values as texts in memory and say their root, which must be the same; the time is
# that from the texts to the root, the best of three. Needs cargo, node, and tests/peers/install.
set -eu
count=${1:?payments}
package=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$package/target}
peers=${MEED_PEERS:-$target/peers}
cargo build -q --release --manifest-path "$package/Cargo.toml" --example merkle-root
ours=$("$target/release/examples/merkle-root" "$count")
theirs=$(NODE_PATH=$peers/node_modules node "$package/benches/merkle/openzeppelin.cjs" "$count")
printf '%s\n%s\n' "meed          $ours" "openzeppelin  $theirs" | awk '
    { print $1, $2, $3 " s"; root[NR] = $2; seconds[NR] = $3 }
    END {
        if (root[1] != root[2]) { print "the roots differ"; exit 1 }
        printf "ratio %.1f\n", seconds[2] / seconds[1]
    }'
