#!/usr/bin/env bash
# Installs meed: builds it from the source beside this action, or downloads a release.
#
# Environment: SETUP_FOLDER, SETUP_BUILD (`source` or `release`), SETUP_REPOSITORY, SETUP_VERSION,
# SETUP_SHA256, SETUP_ATTESTATION (`true`); secret: SETUP_TOKEN; from the runner RUNNER_OS, RUNNER_ARCH,
# RUNNER_TEMP.
#
# A digest that lies beside the download proves only that it arrived whole: whoever can replace one can
# replace both. So a release is held against a digest that the workflow gives, or that stands in
# SHA256SUMS of this action, whose commit the workflow names; or against its attestation, which GitHub
# signed for the workflow and the commit that built it.
set -euo pipefail
# Kept from everything that is started here but gh.
token=${SETUP_TOKEN:-}
unset SETUP_TOKEN
# shellcheck source=SCRIPTDIR/../github.sh
source "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

action=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_folder=$(cd "$action/../../.." && pwd)
folder=${SETUP_FOLDER:?}
program=meed
[[ ${RUNNER_OS:-} != Windows ]] || program=meed.exe

main() {
    mkdir -p "$folder"
    case ${SETUP_BUILD:-source} in
        source) build ;;
        release) download ;;
        *) fail 2 "build is neither \`source\` nor \`release\`" "correct the input \`build\`" ;;
    esac
    "$folder/$program" --version
    printf '%s\n' "$folder" >>"${GITHUB_PATH:-/dev/null}"
}

# Builds the commit that the workflow names; what the cache brought is that already.
build() {
    if [[ -x $folder/$program ]]; then
        echo "taken from the cache"
        return
    fi
    local target=${RUNNER_TEMP:-$source_folder}/meed-target
    cargo build --release --locked --bin meed --manifest-path "$source_folder/Cargo.toml" --target-dir "$target" ||
        fail 3 "meed could not be built" "look at cargo's message above; \`rustup update stable\` where Rust is too old"
    cp "$target/release/$program" "$folder/$program"
}

# Downloads the archive for this machine and checks it before anything of it is unpacked.
download() {
    [[ ${SETUP_REPOSITORY:-} =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] ||
        fail 2 "repository is not OWNER/REPOSITORY" "give the repository whose releases hold meed"
    [[ ${SETUP_VERSION:-} =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] ||
        fail 2 "version is not a tag such as v0.1.0" "give the tag of the release in full"
    local archive
    archive=meed-$SETUP_VERSION-$(target).tar.gz
    as_gh release download "$SETUP_VERSION" --repo "$SETUP_REPOSITORY" --pattern "$archive" --dir "$scratch" ||
        fail 3 "$archive could not be downloaded" "look at the message above, and at the assets of the release"
    check "$archive"
    tar -xzf "$scratch/$archive" -C "$scratch" "$program" ||
        fail 3 "$archive holds no $program" "report this as a fault of the release"
    cp "$scratch/$program" "$folder/$program"
    chmod +x "$folder/$program"
}

# Holds an archive against what does not come from the release itself.
check() {
    local archive=$1 expected=${SETUP_SHA256:-} found
    if [[ -z $expected && -f $action/SHA256SUMS ]]; then
        expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$action/SHA256SUMS")
    fi
    if [[ -z $expected && ${SETUP_ATTESTATION:-} != true ]]; then
        fail 2 "nothing says what $archive must be" \
            "give \`sha256\`, use a commit of this action whose SHA256SUMS has it, or set \`attestation\`; or \`build: source\`"
    fi
    if [[ -n $expected ]]; then
        found=$(digest "$scratch/$archive")
        [[ $found == "${expected,,}" ]] ||
            fail 1 "$archive has the SHA-256 $found, not $expected: it is not installed" "find out who replaced it"
        echo "sha256 holds: $found"
    fi
    if [[ ${SETUP_ATTESTATION:-} == true ]]; then
        as_gh attestation verify "$scratch/$archive" --repo "$SETUP_REPOSITORY" \
            --signer-workflow "$SETUP_REPOSITORY/.github/workflows/release.yml" --source-ref "refs/tags/$SETUP_VERSION" ||
            fail 1 "the attestation of $archive does not hold: it is not installed" "look at the message above"
    fi
}

# The SHA-256 of a file.
digest() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -d' ' -f1
    else
        shasum -a 256 <"$1" | cut -d' ' -f1
    fi
}

# The name of this machine's kind in the names of archives.
target() {
    case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
        Linux-X64) echo x86_64-unknown-linux-musl ;;
        Linux-ARM64) echo aarch64-unknown-linux-musl ;;
        macOS-X64) echo x86_64-apple-darwin ;;
        macOS-ARM64) echo aarch64-apple-darwin ;;
        Windows-X64) echo x86_64-pc-windows-msvc ;;
        *) fail 3 "no release is made for ${RUNNER_OS:-this system} ${RUNNER_ARCH:-}" "use \`build: source\`" ;;
    esac
}

# Runs gh with the token, which stands in the environment of this one program.
as_gh() {
    GH_TOKEN=$token plainly gh "$@"
}

main
