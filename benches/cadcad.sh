#!/bin/sh
# Measures cadCAD beside meed, on the models `conviction` and `work`, in one sitting:
#
#     benches/cadcad.sh                        # builds meed with optimisation
#     benches/cadcad.sh path/to/meed           # takes one that is built
#
# Installs cadCAD 0.5.3 from PyPI into a venv in cargo's target folder. The models are written in cadCAD's
# terms in benches/cadcad/; their rows are held against meed's, and against the published rows of the
# original where ../shared/conformance is there, before anything is timed. Needs python3 (3.9 or newer) with
# venv, the network for PyPI the first time, and about ten minutes. No part of CI.
set -eu
package=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$package/target}
venv=$target/cadcad
published=$package/../shared/conformance/simulation/conviction_replay_seed0.json
if [ $# -gt 0 ]; then
    meed=$1
else
    cargo build -q --release --manifest-path "$package/Cargo.toml" --bin meed
    meed=$target/release/meed
fi
if ! "$venv/bin/python" -c 'import cadCAD' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet cadCAD==0.5.3
fi
[ -f "$published" ] || published=
# shellcheck disable=SC2086 # no word where the rows are not there
"$venv/bin/python" "$package/benches/cadcad/compare.py" "$meed" ${published:+"$published"}
