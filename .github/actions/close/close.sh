#!/usr/bin/env bash
# Closes the rounds that are due, in one signed commit each, and pushes them.
#
# Environment: CLOSE_LEDGER (folder), CLOSE_BRANCH, CLOSE_REMOTE, CLOSE_AUTHOR, CLOSE_ROOT, CLOSE_KNOWN,
# CLOSE_LATE and CLOSE_DRY_RUN (`true`); secrets: MEED_SIGNING_KEY, MEED_KEY_PASSPHRASE, CLOSE_TOKEN.
#
# A close is made on the tip of the branch. Where somebody else moves the branch before the push, the
# own close is thrown away and made again on the new tip: a close is never rebased, merged or forced.
set -euo pipefail
# Kept from everything that is started here but the one program that needs them.
signing_key=${MEED_SIGNING_KEY:-}
passphrase=${MEED_KEY_PASSPHRASE:-}
token=${CLOSE_TOKEN:-}
unset MEED_SIGNING_KEY MEED_KEY_PASSPHRASE CLOSE_TOKEN
# shellcheck source=SCRIPTDIR/../github.sh
source "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

# Pushes that are tried.
readonly ATTEMPTS=5

remote=${CLOSE_REMOTE:-origin}
author=${CLOSE_AUTHOR:-'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>'}
cd "${CLOSE_LEDGER:-.}"
cd "$(git rev-parse --show-toplevel)"

main() {
    checked_out
    [[ -z ${CLOSE_ROOT:-} ]] || is_commit_id "$CLOSE_ROOT" ||
        fail 2 "root is not the id of a commit in full" "give all 40 digits"
    [[ ${CLOSE_KNOWN:-} =~ ^(([0-9a-f]{40}){0,1}|[0-9a-f]{64})$ ]] ||
        fail 2 "known is neither the id of a commit nor the SHA-256 of a statement" "give all 40 or 64 digits"
    if [[ ${CLOSE_DRY_RUN:-} == true ]]; then
        look
        return
    fi
    start=$(git rev-parse --verify 'HEAD^{commit}')
    fetch
    follow
    local attempt
    for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
        close
        if [[ $(git rev-parse HEAD) == "$tip" ]]; then
            echo "nothing was closed"
            pass_on
            give closed false
            return
        fi
        # The whole history, so that nothing is built on a record that does not hold.
        verify --rev HEAD || undo_and_fail 1 "the ledger does not verify with the new close: nothing was pushed" \
            "read the checks above; \`meed verify\` shows them in any clone"
        echo "push $attempt of $ATTEMPTS to $branch"
        if push || has_arrived; then
            finish
            return
        fi
        echo "the push was refused: $branch is at $(git rev-parse FETCH_HEAD), and no longer at $tip"
        echo "the own close $(git rev-parse HEAD) is thrown away"
        undo
        follow
    done
    fail 1 "somebody else moved $branch before each of $ATTEMPTS pushes: nothing was closed" \
        "run the workflow again when fewer people push"
}

# The branch that is checked out, which is the one that is closed on.
checked_out() {
    # In full: the short name of a branch changes where a tag is called the same.
    branch=$(git symbolic-ref --quiet HEAD) ||
        fail 2 "no branch is checked out" "let actions/checkout check out a branch, with fetch-depth: 0"
    branch=${branch#refs/heads/}
    if [[ -n ${CLOSE_BRANCH:-} && $CLOSE_BRANCH != "$branch" ]]; then
        fail 2 "$branch is checked out, not $CLOSE_BRANCH" "give actions/checkout the branch as \`ref\`"
    fi
}

# Says what is due, without a key and without a change.
look() {
    meed_in_step close --due --dry-run --out "$scratch/results" "${late[@]}" || exit
    local due=
    if [[ -d $scratch/results ]]; then
        due=$(cd "$scratch/results" && find . -name statement.json | sed 's|^\./||; s|/statement\.json$||' | sort)
    fi
    pass_on
    give due "${due//$'\n'/ }"
    give closed false
}

# Reads where the branch of the remote is.
fetch() {
    plainly with_token git fetch --quiet --no-tags "$remote" "refs/heads/$branch" ||
        fail 3 "$branch could not be fetched" "look at git's message above, and at the permission \`contents\` of the job"
}

# Goes to the fetched tip, which must contain what was checked out.
follow() {
    tip=$(git rev-parse --verify 'FETCH_HEAD^{commit}')
    git merge-base --is-ancestor "$start" "$tip" ||
        fail 1 "$branch at $tip does not contain $start: its history was rewritten, or this clone has commits of its own" \
            "find out who did it before anything is closed (SECURITY.md)"
    # With the token: files in Git LFS may have to be fetched for it.
    plainly with_token git reset --quiet --keep "$tip" ||
        fail 3 "the work tree could not follow $branch" "look at git's message above"
}

# Makes the closes. Outputs and the summary are handed on when the push has arrived, once.
close() {
    (
        export MEED_AUTHOR=$author
        [[ -z $signing_key ]] || export MEED_SIGNING_KEY=$signing_key
        [[ -z $passphrase ]] || export MEED_KEY_PASSPHRASE=$passphrase
        meed_in_step close --due "${late[@]}"
    ) || exit
}

# Runs meed with files of its own for outputs and summary.
meed_in_step() {
    : >"$scratch/output"
    : >"$scratch/summary"
    GITHUB_OUTPUT=$scratch/output GITHUB_STEP_SUMMARY=$scratch/summary "$meed" "$@"
}

# Hands on the outputs and the summary of the last run that counts.
pass_on() {
    cat "$scratch/output" >>"${GITHUB_OUTPUT:-/dev/null}"
    cat "$scratch/summary" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
}

# Verifies without outputs of its own.
verify() {
    local -a given=()
    [[ -z ${CLOSE_ROOT:-} ]] || given+=(--root "$CLOSE_ROOT")
    [[ -z ${CLOSE_KNOWN:-} ]] || given+=(--known "$CLOSE_KNOWN")
    GITHUB_OUTPUT=/dev/null GITHUB_STEP_SUMMARY=/dev/null "$meed" verify "${given[@]}" "$@"
}

# Pushes without force: a branch that has moved refuses it.
push() {
    plainly with_token git push --quiet "$remote" "HEAD:refs/heads/$branch"
}

# Whether the close is part of the branch although the push failed (its answer was lost). Ends where
# the branch has not moved: then another push would be refused as well.
has_arrived() {
    fetch
    if git merge-base --is-ancestor HEAD FETCH_HEAD; then
        return 0
    fi
    if [[ $(git rev-parse FETCH_HEAD) == "$tip" ]]; then
        undo_and_fail 3 "the push to $branch was refused although nobody moved it" \
            "look at git's message above: the job needs \`contents: write\`, a protected branch must let it push"
    fi
    return 1
}

# Throws the own close away. Only commits made here are behind the tip.
undo() {
    plainly git reset --quiet --keep "$tip"
}

undo_and_fail() {
    undo
    fail "$@"
}

# Looks at what has arrived, as everybody will see it, and says what was closed.
finish() {
    local closed
    closed=$(git rev-parse HEAD)
    fetch
    # A push by a workflow's own token starts no other workflow: it is verified here.
    (CLOSE_KNOWN=$closed verify --rev "$(git rev-parse FETCH_HEAD)") ||
        fail 1 "$branch does not verify after the push" "read the checks above; tell everybody before anything is paid"
    pass_on
    give closed true
    give commit "$closed"
    give rounds "$(git log --reverse --format='%(trailers:key=Round,valueonly,separator=%x20)' "$tip..$closed" | tr '\n' ' ' | sed 's/ *$//')"
}

late=()
[[ ${CLOSE_LATE:-} != true ]] || late=(--late)
main
