# shellcheck shell=bash
# What the scripts of the actions share. They read their inputs from the environment, never from
# expressions that GitHub pastes into a script; what git or people wrote is printed as text.

# The program, found in PATH after the action `setup`.
# shellcheck disable=SC2034 # The scripts use it.
meed=${MEED:-meed}

# Ends with a status (1: something does not verify, 2: wrong inputs, 3: could not be done), a message
# and what to do about it.
fail() {
    local status=$1 message=$2 hint=$3
    printf 'error: %s\nhint: %s\n' "$message" "$hint" >&2
    if [[ ${GITHUB_ACTIONS:-} == true ]]; then
        printf '::error::%s\n' "$(as_data "$message ($hint)")"
    fi
    exit "$status"
}

# A text as the data of a workflow command: it stays on its line.
as_data() {
    local text=$1
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '%s' "${text//$'\n'/%0A}"
}

# Runs a program whose output may hold anything: no line of it is taken for a workflow command.
plainly() {
    if [[ ${GITHUB_ACTIONS:-} != true ]]; then
        "$@"
        return
    fi
    local word status=0
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$word"
    # In one stream: two would be read in any order, and commands be on again too early.
    "$@" 2>&1 || status=$?
    # On a line of its own, also where the program ends without a line end.
    printf '\n::%s::\n' "$word"
    return "$status"
}

# Runs git with the token (the variable `token`, not exported) for the host, through the environment:
# it is in no argument list, no file and no configuration that stays.
with_token() {
    if [[ -z ${token:-} ]]; then
        "$@"
        return
    fi
    local basic
    basic=$(printf 'x-access-token:%s' "$token" | base64 | tr -d '\n')
    GIT_CONFIG_COUNT=1 \
        GIT_CONFIG_KEY_0="http.${GITHUB_SERVER_URL:-https://github.com}/.extraheader" \
        GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $basic" \
        GIT_TERMINAL_PROMPT=0 \
        "$@"
}

# Gives an output of the step. Values are one line: ids of commits and rounds, numbers, true and false.
give() {
    local name=$1 value=$2
    [[ $value != *[$'\r\n']* ]] || fail 3 "the output $name is more than one line" "report this as a fault of meed"
    printf '%s=%s\n' "$name" "$value" >>"${GITHUB_OUTPUT:-/dev/null}"
}

# Whether a text is the id of a commit in full: a name could mean another commit.
is_commit_id() {
    [[ $1 =~ ^[0-9a-f]{40}$ ]]
}

# A folder that goes away with the script.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
