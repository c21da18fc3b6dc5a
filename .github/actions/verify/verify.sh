#!/usr/bin/env bash
# Verifies the commit that is checked out.
#
# Environment: VERIFY_LEDGER (folder), VERIFY_BASE, VERIFY_BEFORE, VERIFY_ROOT, VERIFY_KNOWN.
set -euo pipefail
# shellcheck source=SCRIPTDIR/../github.sh
source "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

cd "${VERIFY_LEDGER:-.}"
# Paths are those of the whole repository.
cd "$(git rev-parse --show-toplevel)"

main() {
    contains_before
    contains_base
    local -a given=()
    [[ -z ${VERIFY_ROOT:-} ]] || given+=(--root "$VERIFY_ROOT")
    [[ -z ${VERIFY_KNOWN:-} ]] || given+=(--known "$VERIFY_KNOWN")
    "$meed" verify "${given[@]}" --rev HEAD || exit
    signed_for_base
}

# What the branch held before this push is still part of it. Zeros: there was no branch.
contains_before() {
    [[ ${VERIFY_BEFORE:-} =~ [^0] ]] || return 0
    demand_commit_id before "$VERIFY_BEFORE"
    is_contained "$VERIFY_BEFORE" ||
        fail 1 "the history of the branch was rewritten: $VERIFY_BEFORE, which it held before, is no part of it" \
            "find out who did it and what is missing (SECURITY.md)"
}

# A pull request stands on its base: so the first list of signers is the base's, and every change of it
# is judged by the list before the change.
contains_base() {
    [[ -n ${VERIFY_BASE:-} ]] || return 0
    demand_commit_id base "$VERIFY_BASE"
    is_contained "$VERIFY_BASE" ||
        fail 1 "the base $VERIFY_BASE is no part of what is checked out: it would be judged by its own signers" \
            "check out the merge of the pull request (the default of actions/checkout), with fetch-depth: 0"
}

# Closes, settlements and changes of signers that are new since the base are signed by keys that the
# base lists: not by one that the pull request adds.
signed_for_base() {
    [[ -n ${VERIFY_BASE:-} ]] || return 0
    if ! git cat-file -e "$VERIFY_BASE:allowed_signers" 2>/dev/null; then
        echo "the base has no allowed_signers: trust in this ledger begins here"
        return 0
    fi
    git show "$VERIFY_BASE:allowed_signers" >"$scratch/allowed_signers"
    local commit path refused=0
    local -a commits
    git log --full-history --no-merges --format=%H "$VERIFY_BASE..HEAD" -- allowed_signers \
        ':(glob)**/results/statement.json' ':(glob)**/settlements/*.json' >"$scratch/commits"
    mapfile -t commits <"$scratch/commits"
    for commit in "${commits[@]}"; do
        if ! git -c gpg.ssh.allowedSignersFile="$scratch/allowed_signers" verify-commit "$commit" >"$scratch/message" 2>&1; then
            echo "$commit is not signed by a key that the base lists:"
            plainly cat "$scratch/message"
            refused=$((refused + 1))
        fi
    done
    # Approvals count by their own signatures, whoever brings them.
    git diff --no-renames --name-only -z --diff-filter=AM "$VERIFY_BASE" HEAD -- ':(glob)**/approvals/*.sig' >"$scratch/approvals"
    while IFS= read -r -d '' path; do
        git show "HEAD:$path" >"$scratch/approval.sig"
        if ! ssh-keygen -Y find-principals -s "$scratch/approval.sig" -f "$scratch/allowed_signers" >/dev/null 2>&1; then
            plainly printf '%s is not signed by a key that the base lists\n' "$path"
            refused=$((refused + 1))
        fi
    done <"$scratch/approvals"
    ((refused == 0)) ||
        fail 1 "$refused commits or approvals of this pull request are not signed by a signer of its base" \
            "let a present signer close, settle or change the list; merge a change of signers before the new key signs anything"
}

demand_commit_id() {
    is_commit_id "$2" || fail 2 "$1 is not the id of a commit in full" "give all 40 digits"
}

is_contained() {
    git merge-base --is-ancestor "$1" HEAD 2>/dev/null
}

main
