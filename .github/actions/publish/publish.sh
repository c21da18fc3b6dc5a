#!/usr/bin/env bash
# Publishes closed rounds, each with `meed publish`.
#
# Environment: PUBLISH_LEDGER (folder), PUBLISH_ROUNDS (ids, separated by spaces), PUBLISH_RELEASE,
# PUBLISH_CHECK and PUBLISH_DRY_RUN (`true`), PUBLISH_COMMENT (a number), PUBLISH_DISCUSSION (a
# category); GITHUB_TOKEN, and from the runner GITHUB_REPOSITORY and GITHUB_API_URL.
set -euo pipefail
# Kept from everything that is started here but meed.
token=${GITHUB_TOKEN:-}
unset GITHUB_TOKEN
# shellcheck source=SCRIPTDIR/../github.sh
source "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

cd "${PUBLISH_LEDGER:-.}"
# Ids of rounds hold neither spaces nor wildcards; what does is no id, and meed says so.
read -r -d '' -a rounds <<<"${PUBLISH_ROUNDS:-}" || true
((${#rounds[@]} > 0)) || fail 2 "no round is named" "give the input \`rounds\`"

given=()
[[ ${PUBLISH_RELEASE:-} != true ]] || given+=(--release)
[[ -z ${PUBLISH_COMMENT:-} ]] || given+=("--comment=$PUBLISH_COMMENT")
[[ -z ${PUBLISH_DISCUSSION:-} ]] || given+=("--discussion=$PUBLISH_DISCUSSION")
[[ ${PUBLISH_CHECK:-} != true ]] || given+=(--check)
((${#given[@]} > 0)) ||
    fail 2 "nothing is to be published" "set \`release\`, \`comment\`, \`discussion\` or \`check\`"
[[ ${PUBLISH_DRY_RUN:-} != true ]] || given+=(--dry-run)

# One that fails does not keep the others back: each can be published again.
status=0
for round in "${rounds[@]}"; do
    GITHUB_TOKEN=$token "$meed" publish "${given[@]}" -- "$round" || status=$?
done
exit "$status"
