#!/usr/bin/env bash
# Proposes the rounds whose folder is new or changed in the commit that is checked out: for each one
# pull request, opened or updated, from a branch that has this folder and nothing else.
#
# Environment: PROPOSE_LEDGER (folder), PROPOSE_BASE, PROPOSE_ROUNDS_FOLDER, PROPOSE_REMOTE,
# PROPOSE_AUTHOR; secret: PROPOSE_TOKEN; from the runner GITHUB_REPOSITORY, GITHUB_SERVER_URL.
set -euo pipefail
# Kept from everything that is started here but git and gh.
token=${PROPOSE_TOKEN:-}
unset PROPOSE_TOKEN
# shellcheck source=SCRIPTDIR/../github.sh
source "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

# Most bytes of what `meed check` and `meed diff` print that go into a pull request, whose text GitHub
# limits to 65,536 characters.
readonly CHECK_LIMIT=20000
readonly DIFF_LIMIT=40000
# A part of a round's id, as meed has it.
readonly PART='[A-Za-z0-9][A-Za-z0-9._-]{0,63}'

base=${PROPOSE_BASE:?}
folder=${PROPOSE_ROUNDS_FOLDER:-rounds}
remote=${PROPOSE_REMOTE:-origin}
author=${PROPOSE_AUTHOR:-'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>'}
cd "${PROPOSE_LEDGER:-.}"
cd "$(git rev-parse --show-toplevel)"
# Paths are what they are, not patterns.
export GIT_LITERAL_PATHSPECS=1

main() {
    [[ $author =~ ^([^<>]+)\ \<([^<>]+)\>$ ]] || fail 2 "author is not \`Name <mail>\`" "correct the input \`author\`"
    export GIT_AUTHOR_NAME=${BASH_REMATCH[1]} GIT_AUTHOR_EMAIL=${BASH_REMATCH[2]}
    export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
    head=$(git rev-parse --verify 'HEAD^{commit}')
    plainly with_token git fetch --quiet --no-tags "$remote" "refs/heads/$base" ||
        fail 3 "$base could not be fetched" "look at git's message above"
    tip=$(git rev-parse --verify 'FETCH_HEAD^{commit}')
    common=$(git merge-base "$tip" "$head") ||
        fail 2 "what is checked out has no commit in common with $base" "begin the branch of the inputs at $base"
    broken=0
    local round proposed=()
    local -a all
    mapfile -t all < <(rounds)
    for round in "${all[@]}"; do
        is_changed "$round" || continue
        proposed+=("$round")
        propose "$round"
    done
    give rounds "${proposed[*]}"
    if ((${#proposed[@]} == 0)); then
        echo "nothing to propose: no folder of an open round is new or changed here"
    fi
    ((broken == 0)) || fail 2 "$broken of the proposed rounds cannot be closed as they are" "the pull requests say what is wrong"
}

# The rounds of the commit. A folder that is a round is not searched further.
rounds() {
    git ls-tree -r -z --name-only "$head" -- "$folder/" |
        while IFS= read -r -d '' path; do
            [[ $path =~ ^"$folder"/($PART(/$PART)*)/(round|parameters)\.json$ ]] || continue
            local round=${BASH_REMATCH[1]}
            [[ /$round/ =~ /(results|revisions|settlements|approvals)/ ]] || printf '%s\n' "$round"
        done | LC_ALL=C sort -u | awk '{
            parts = split($0, part, "/")
            folder = ""
            inside = 0
            for (i = 1; i < parts; i++) {
                folder = folder part[i]
                if (folder in found) inside = 1
                folder = folder "/"
            }
            if (!inside) { found[$0] = 1; print }
        }'
}

# Whether a round was changed here since the branch began, differs from the base, and is not closed.
is_changed() {
    local here before there
    here=$(tree_of "$head" "$1")
    before=$(tree_of "$common" "$1")
    there=$(tree_of "$tip" "$1")
    [[ $here != "$before" && $here != "$there" ]] || return 1
    if git cat-file -e "$tip:$folder/$1/results/statement.json" 2>/dev/null; then
        echo "$1 is closed: \`meed amend\` corrects it"
        return 1
    fi
}

# The tree of a round's folder in a commit; nothing where there is none.
tree_of() {
    git rev-parse --verify --quiet "$1:$folder/$2" || true
}

# Pushes the branch of a round and says in its pull request what it would pay. A round that cannot be
# closed is proposed as well, is counted in `broken`, and its pull request says why.
propose() {
    local round=$1 branch=meed/propose-$1 commit old
    if ! git check-ref-format "refs/heads/$branch"; then
        echo "$round is not proposed, since no branch can be called $branch: give the round another id"
        broken=$((broken + 1))
        return
    fi
    old=$(with_token git ls-remote "$remote" "refs/heads/$branch" | cut -f1)
    commit=$(commit_of "$round" "$branch" "$old")
    git update-ref "refs/heads/$branch" "$commit"
    meed_aside verify --rev "$commit" >"$scratch/verified" 2>&1 || {
        plainly cat "$scratch/verified"
        fail 1 "$base with $round does not verify" "nothing is proposed before the record holds"
    }
    describe "$round" "$branch" "$commit" >"$scratch/body"
    if [[ $commit != "$old" ]]; then
        plainly with_token git push --quiet --force-with-lease="refs/heads/$branch:$old" "$remote" "$commit:refs/heads/$branch" ||
            fail 3 "$branch could not be pushed" "look at git's message above: the job needs \`contents: write\`"
    fi
    pull_request "$round" "$branch"
}

# Runs meed for a text that goes into the pull request: no annotations, outputs or summary.
meed_aside() {
    env -u GITHUB_ACTIONS -u GITHUB_OUTPUT -u GITHUB_STEP_SUMMARY "$meed" "$@"
}

# A commit on the base that has the folder of the round as it is here, and nothing else; the one that
# was pushed before where nothing has changed.
commit_of() {
    local round=$1 branch=$2 old=$3 tree
    export GIT_INDEX_FILE=$scratch/index
    git read-tree "$tip"
    git ls-files -z -- "$folder/$round" | git update-index -z --force-remove --stdin
    git read-tree --prefix="$folder/$round/" "$head:$folder/$round"
    tree=$(git write-tree)
    unset GIT_INDEX_FILE
    if [[ -n $old ]] && with_token git fetch --quiet --no-tags "$remote" "refs/heads/$branch" 2>/dev/null &&
        [[ $(git rev-parse "$old^{tree}") == "$tree" && $(git rev-parse "$old^@") == "$tip" ]]; then
        printf '%s\n' "$old"
    else
        git commit-tree "$tree" -p "$tip" -m "Propose $round"
    fi
}

# The text of the pull request. What people wrote stands in an indented block, or comes from `meed
# diff`, which makes it safe for Markdown.
# shellcheck disable=SC2016 # The backticks are those of Markdown.
describe() {
    local round=$1 branch=$2 commit=$3 status=0 last
    meed_aside check "$round" --branch "$branch" >"$scratch/check" 2>&1 || status=$?
    printf '<!-- meed propose %s -->\n' "$round"
    printf 'The folder `%s/%s` of %s, on `%s`. Nothing else is changed. ' "$folder" "$round" "$head" "$base"
    printf 'This branch is written anew whenever the inputs change.\n\n'
    if ((status == 0)); then
        printf '## What would be distributed\n\n'
    else
        printf '## It cannot be closed like this\n\n'
        broken=$((broken + 1))
    fi
    tr -d '\r' <"$scratch/check" | shorten "$CHECK_LIMIT" | sed 's/^/    /'
    last=$(last_closed)
    if ((status == 0)) && [[ -n $last ]]; then
        printf '\n## Differences from %s\n\n' "$last"
        if meed_aside diff "$last" "$round" --rev "$commit" --format markdown >"$scratch/diff" 2>/dev/null &&
            (($(wc -c <"$scratch/diff") <= DIFF_LIMIT)); then
            cat "$scratch/diff"
        else
            printf 'Not shown here: `meed diff %s %s --rev %s`\n' "$last" "$round" "$commit"
        fi
    fi
}

# The round that was closed last on the base; nothing where none is.
last_closed() {
    GIT_LITERAL_PATHSPECS=0 git log -1 --format='%(trailers:key=Round,valueonly)' "$tip" -- ":(glob)$folder/**/results/statement.json" | head -n 1
}

# The first lines of a text, up to so many bytes.
shorten() {
    LC_ALL=C awk -v most="$1" '{ bytes += length($0) + 1 } bytes > most { print "..."; exit } { print }'
}

# Opens the pull request of a branch, or updates the one that is open.
pull_request() (
    export GH_TOKEN=$token GH_ENTERPRISE_TOKEN=$token
    server=${GITHUB_SERVER_URL:-https://github.com}
    export GH_REPO=${server#*://}/${GITHUB_REPOSITORY:?}
    # A fork may have a branch of the same name: its pull request is somebody else's.
    gh pr list --head "$2" --base "$base" --state open --limit 100 --json number,isCrossRepository \
        --jq '.[] | "\(.number) \(.isCrossRepository)"' >"$scratch/requests" ||
        fail 3 "the pull requests could not be read" "look at the message above: the job needs \`pull-requests: write\`"
    number=$(awk '$2 == "false" { print $1; exit }' "$scratch/requests")
    if [[ -z $number ]]; then
        plainly gh pr create --head "$2" --base "$base" --title "Propose $1" --body-file "$scratch/body" ||
            fail 3 "no pull request could be opened" \
                "allow Actions to create pull requests (Settings, Actions, General); the job needs \`pull-requests: write\`"
    else
        plainly gh pr edit "$number" --title "Propose $1" --body-file "$scratch/body" ||
            fail 3 "pull request $number could not be updated" "look at the message above"
    fi
)

main
