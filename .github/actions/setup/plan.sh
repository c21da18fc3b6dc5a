#!/usr/bin/env bash
# Says where the program comes to lie, and under which key a built one is kept in the cache: the digest
# of all that it is built from.
set -euo pipefail
# shellcheck source=SCRIPTDIR/../github.sh
source "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

# The repository that holds this action, at the commit that the workflow names.
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)

digest=(sha256sum)
# Its name on macOS.
command -v sha256sum >/dev/null || digest=(shasum -a 256)

cd "$source_folder"
built_from=$(find Cargo.toml Cargo.lock src schemas templates ledger-example -type f -print0 | LC_ALL=C sort -z |
    xargs -0 "${digest[@]}" | "${digest[@]}" | cut -d' ' -f1)
give folder "${RUNNER_TEMP:-$source_folder/target}/meed-program"
give key "meed-${RUNNER_OS:-unknown}-${RUNNER_ARCH:-unknown}-$built_from"
