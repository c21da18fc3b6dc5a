#!/bin/sh
# Measures whole commands on an airdrop over made-up holders, beside sha256sum and wc -l of the same
# files, which are the floor under any program that reads them:
#
#     benches/airdrop.sh 10000000 lfs            # holders, plain or lfs; a threshold may follow
#
# The ledger is made in a folder of its own below $TMPDIR (10 million holders: 8 GB) and removed.
# Needs cargo, git, and GNU time as /usr/bin/time (Debian: time).
set -eu
holders=${1:?holders} storage=${2:?plain or lfs} threshold=${3:-1000}
package=$(cd "$(dirname "$0")/.." && pwd)
cargo build -q --release --manifest-path "$package/Cargo.toml" --bin meed --example airdrop-ledger
programs=${CARGO_TARGET_DIR:-$package/target}/release
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ledger=$folder/ledger
git init -q -b main "$ledger"
"$programs/examples/airdrop-ledger" "$ledger" "$holders" "$storage" "$threshold"
cd "$ledger"
git -c user.name=Bench -c user.email=bench@example.org add ledger.json rounds
git -c user.name=Bench -c user.email=bench@example.org commit -q -m 'Made-up holders'
if [ "$storage" = lfs ]; then
    files=$(find .git/lfs/objects -type f)
else
    files=$(find rounds -name '*.csv')
fi

measure() { # label, command: the best of three, its processor time, and the most memory
    label=$1
    shift
    for _ in 1 2 3; do
        rm -rf "$folder/out"
        /usr/bin/time -a -o "$folder/times" -f '%e %M %U %S' "$@" >"$folder/printed" 2>&1 || {
            cat "$folder/printed" "$folder/times"
            exit 1
        }
    done
    sort -n "$folder/times" | awk -v label="$label" '
        NR == 1 { best = $1; processor = $3 + $4 }
        $2 > most { most = $2 }
        END { printf "%-24s %7.2f s  (processors %7.2f s)  %6.0f MiB\n", label, best, processor, most / 1024 }'
    rm "$folder/times"
}

cat $files >/dev/null # all in the cache of the system
echo "$holders holders x 4 snapshots, $storage, threshold $threshold: $(cat $files | wc -c) bytes"
measure 'wc -l' wc -l $files
measure 'sha256sum' sha256sum $files
measure 'check' "$programs/meed" check
measure 'close --dry-run --out' "$programs/meed" close --dry-run --out "$folder/out"
wc -c "$folder"/out/airdrop/*.csv "$folder"/out/airdrop/report/tables/*.csv | sed "s|$folder/out/airdrop/||"
