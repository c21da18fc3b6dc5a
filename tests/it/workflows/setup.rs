//! The action `setup`: a release runs only after it was held against what does not come with it. And
//! `publish`, which hands its inputs on.

use std::fs;

use sha2::{Digest, Sha256};

use super::{Hosted, TOKEN, said};
use crate::support::sandbox::{Run, Sandbox};

/// A program that says that it is a release.
const PROGRAM: &str = "#!/bin/sh\necho meed 9.9.9 released\n";
const ARCHIVE: &str = "meed-v9.9.9-x86_64-unknown-linux-musl.tar.gz";

/// A runner whose `gh` downloads an archive with that program; its SHA-256.
fn with_release() -> (Hosted, String) {
    let hosted = Hosted::new(Sandbox::ledger());
    let folder = hosted.sandbox.path("release");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("meed"), PROGRAM).unwrap();
    let mut tar = hosted.sandbox.command("tar");
    let _ =
        Run::of_command(tar.arg("-czf").arg(folder.join(ARCHIVE)).arg("-C").arg(&folder).arg("meed")).ok();
    hosted.program(
        "gh",
        r#"echo "$*" >>"$SANDBOX/gh"
[[ $GH_TOKEN == "$EXPECTED_TOKEN" && -z ${SETUP_TOKEN:-} ]] || exit 9
case "$1" in
    release)
        while (($# > 0)); do
            [[ $1 != --pattern ]] || name=$2
            [[ $1 != --dir ]] || folder=$2
            shift
        done
        cp "$SANDBOX/release/$name" "$folder/" ;;
    attestation) [[ -e $SANDBOX/attested ]] ;;
esac
"#,
    );
    let digest = Sha256::digest(fs::read(folder.join(ARCHIVE)).unwrap());
    let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    (hosted, digest)
}

fn install(hosted: &Hosted, inputs: &[(&str, &str)]) -> Run {
    let mut command = hosted.command("setup/install.sh");
    command
        .env("SETUP_FOLDER", hosted.sandbox.path("program"))
        .env("GITHUB_PATH", hosted.sandbox.path("path"))
        .env("RUNNER_TEMP", hosted.sandbox.path("temp"))
        .envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64")])
        .envs([("SETUP_TOKEN", TOKEN), ("EXPECTED_TOKEN", TOKEN)])
        .envs(inputs.iter().map(|(name, value)| (format!("SETUP_{name}"), value)));
    let run = Run::of_command(&mut command);
    assert!(!said(&run).contains(TOKEN), "{}", said(&run));
    run
}

const RELEASE: [(&str, &str); 3] =
    [("BUILD", "release"), ("VERSION", "v9.9.9"), ("REPOSITORY", "tidewater/meed")];

#[test]
fn a_release_is_checked_before_it_runs() {
    let (hosted, digest) = with_release();
    let installed = || hosted.sandbox.path("program/meed").exists();
    let with = |more: &[(&str, &str)]| install(&hosted, &[&RELEASE[..], more].concat());

    let error = with(&[]).fails(2);
    assert!(error.contains(&format!("error: nothing says what {ARCHIVE} must be\nhint: ")), "{error}");
    let wrong = "0".repeat(64);
    let error = with(&[("SHA256", &wrong)]).fails(1);
    assert!(
        error.contains(&format!("has the SHA-256 {digest}, not {wrong}: it is not installed")),
        "{error}"
    );
    let error = with(&[("ATTESTATION", "true")]).fails(1);
    assert!(error.contains("the attestation of"), "{error}");
    // A digest that holds does not make up for an attestation that does not.
    let _ = with(&[("SHA256", &digest), ("ATTESTATION", "true")]).fails(1);
    assert!(!installed() && !hosted.sandbox.path("path").exists());

    let text = with(&[("SHA256", &digest.to_uppercase())]).ok();
    assert!(text.contains("sha256 holds") && text.ends_with("meed 9.9.9 released\n"), "{text}");
    assert!(installed());
    assert_eq!(
        fs::read_to_string(hosted.sandbox.path("path")).unwrap(),
        hosted.sandbox.key("program") + "\n"
    );

    fs::remove_file(hosted.sandbox.path("program/meed")).unwrap();
    fs::write(hosted.sandbox.path("attested"), "").unwrap();
    let _ = with(&[("ATTESTATION", "true")]).ok();
    let calls = fs::read_to_string(hosted.sandbox.path("gh")).unwrap();
    assert!(calls.contains("--signer-workflow tidewater/meed/.github/workflows/release.yml"), "{calls}");
    assert!(calls.contains("--source-ref refs/tags/v9.9.9"), "{calls}");
    assert!(!calls.contains(TOKEN));
}

#[test]
fn inputs_of_setup_are_checked() {
    let (hosted, _) = with_release();
    for (name, value) in [
        ("BUILD", "nightly"),
        ("VERSION", "latest"),
        ("VERSION", "v1.0.0; touch pwned"),
        ("REPOSITORY", "tidewater"),
        ("REPOSITORY", "../../etc"),
    ] {
        let error = install(&hosted, &[&RELEASE[..], &[(name, value)]].concat()).fails(2);
        assert!(error.starts_with("error: ") && error.contains("\nhint: "), "{error}");
    }
    let mut command = hosted.command("setup/install.sh");
    command
        .env("SETUP_FOLDER", hosted.sandbox.path("program"))
        .envs([("RUNNER_OS", "Plan9"), ("RUNNER_ARCH", "X64")]);
    command.envs(RELEASE.map(|(name, value)| (format!("SETUP_{name}"), value)));
    let error = Run::of_command(&mut command).fails(3);
    assert!(error.contains("no release is made for Plan9 X64"), "{error}");
    assert!(!hosted.sandbox.path("gh").exists() && !hosted.sandbox.path("program/meed").exists());
}

#[test]
fn the_source_is_that_of_the_action() {
    let hosted = Hosted::new(Sandbox::ledger());
    hosted.program(
        "cargo",
        r#"echo "$*" >>"$SANDBOX/cargo"
while (($# > 0)); do [[ $1 != --target-dir ]] || folder=$2; shift; done
mkdir -p "$folder/release"
printf '#!/bin/sh\necho meed built\n' >"$folder/release/meed"
chmod +x "$folder/release/meed"
"#,
    );
    for _ in 0..2 {
        assert!(install(&hosted, &[]).ok().ends_with("meed built\n"));
    }
    // The second time it was there, as the cache would bring it.
    let calls = fs::read_to_string(hosted.sandbox.path("cargo")).unwrap();
    assert_eq!(calls.lines().count(), 1);
    let manifest = format!("--manifest-path {}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    assert!(calls.starts_with("build --release --locked --bin meed") && calls.contains(&manifest), "{calls}");
}

#[test]
fn the_key_of_the_cache_is_that_of_the_source() {
    let hosted = Hosted::new(Sandbox::ledger());
    let mut keys = Vec::new();
    for arch in ["X64", "X64", "ARM64"] {
        let mut plan = hosted.command("setup/plan.sh");
        plan.envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", arch)])
            .env("RUNNER_TEMP", hosted.sandbox.path("temp"));
        let _ = Run::of_command(&mut plan).ok();
        keys.push(hosted.output("key").unwrap());
    }
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[0].replace("-X64-", "-ARM64-"), keys[2]);
    assert_eq!(keys[0].len(), "meed-Linux-X64-".len() + 64);
    assert_eq!(hosted.output("folder"), Some(hosted.sandbox.key("temp") + "/meed-program"));
}

/// `meed publish` as it is called, an argument a line.
fn publish(hosted: &Hosted, inputs: &[(&str, &str)]) -> (Run, String) {
    hosted.program(
        "publisher",
        "printf '[%s]' \"$@\" >>\"$SANDBOX/calls\"; echo >>\"$SANDBOX/calls\"\n[[ $* != *bad* && $GITHUB_TOKEN == ghs_* ]]\n",
    );
    let _ = fs::remove_file(hosted.sandbox.path("calls"));
    let mut command = hosted.command("publish/publish.sh");
    command
        .envs([("MEED", "publisher"), ("GITHUB_TOKEN", TOKEN)])
        .envs(inputs.iter().map(|(name, value)| (format!("PUBLISH_{name}"), value)));
    (Run::of_command(&mut command), fs::read_to_string(hosted.sandbox.path("calls")).unwrap_or_default())
}

#[test]
fn publish_hands_its_inputs_on_as_they_are() {
    let hosted = Hosted::new(Sandbox::ledger());
    let (run, calls) =
        publish(&hosted, &[("ROUNDS", "2026-01 2026/02"), ("RELEASE", "true"), ("CHECK", "false")]);
    assert_eq!(
        (run.status, calls.as_str()),
        (0, "[publish][--release][--][2026-01]\n[publish][--release][--][2026/02]\n")
    );
    let hostile = "General; touch pwned $(touch pwned) ${{ github.token }} `touch pwned`";
    let (run, calls) = publish(
        &hosted,
        &[("ROUNDS", "--key * $(id)"), ("DISCUSSION", hostile), ("COMMENT", "-1"), ("DRY_RUN", "true")],
    );
    assert_eq!(run.status, 0, "{}", said(&run));
    for round in ["--key", "*", "$(id)"] {
        let call = format!("[publish][--comment=-1][--discussion={hostile}][--dry-run][--][{round}]\n");
        assert!(calls.contains(&call), "{calls}");
    }
    assert!(!hosted.sandbox.path("runner/pwned").exists());
    // One that fails keeps none back, and is not forgotten.
    let (run, calls) = publish(&hosted, &[("ROUNDS", "bad 2026-01"), ("RELEASE", "true")]);
    assert_eq!((run.status, calls.lines().count()), (1, 2));
    let (run, _) = publish(&hosted, &[("ROUNDS", " "), ("RELEASE", "true")]);
    assert!(run.fails(2).contains("no round is named"));
    let (run, calls) = publish(&hosted, &[("ROUNDS", "2026-01"), ("RELEASE", "false")]);
    assert!(run.fails(2).contains("nothing is to be published") && calls.is_empty());
}
