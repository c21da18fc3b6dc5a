//! The action `verify`: a pull request is judged by its base, a push by what the branch held before.

use super::{Hosted, said};
use crate::support::sandbox::{Run, SIGNER, Sandbox};

/// Runs the script in the runner's clone, with these inputs.
fn verify(hosted: &Hosted, inputs: &[(&str, &str)]) -> Run {
    let mut command = hosted.command("verify/verify.sh");
    command.envs(inputs.iter().map(|(name, value)| (format!("VERIFY_{name}"), value)));
    Run::of_command(&mut command)
}

/// Checks out the merge of a branch of the ledger's into the host's, as for a pull request; the base.
fn pull_request(hosted: &Hosted, branch: &str) -> String {
    let _ = hosted.sandbox.git(&["push", "-q", "-f", "origin", branch]).ok();
    let _ = hosted.runner(&["fetch", "-q", "origin"]);
    let base = hosted.runner(&["rev-parse", "origin/main"]);
    let _ = hosted.runner(&["checkout", "-q", "--detach", &base]);
    let _ = hosted.runner(&[
        "merge",
        "-q",
        "--no-ff",
        "--allow-unrelated-histories",
        "-m",
        "Merge",
        &format!("origin/{branch}"),
    ]);
    base
}

fn on_branch(sandbox: &Sandbox, branch: &str) {
    let _ = sandbox.git(&["checkout", "-q", "-b", branch]).ok();
}

#[test]
fn inputs_of_a_round_hold() {
    let hosted = Hosted::new(Sandbox::closed(1));
    on_branch(&hosted.sandbox, "inputs");
    hosted.sandbox.add_round("2026-02");
    let base = pull_request(&hosted, "inputs");
    let run = verify(&hosted, &[("BASE", &base), ("KNOWN", &base)]);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert!(run.stdout.contains("1 statement verified"), "{}", run.stdout);
}

#[test]
fn a_changed_list_does_not_verify_with_its_own_signers() {
    let hosted = Hosted::new(Sandbox::closed(1));
    let sandbox = &hosted.sandbox;
    sandbox.new_key("thief", "ed25519", "thief@example.org");
    on_branch(sandbox, "theft");
    let public = std::fs::read_to_string(sandbox.path("thief.pub")).unwrap();
    sandbox.write("allowed_signers", format!("thief@example.org namespaces=\"git\" {public}"));
    sandbox.commit_signed("thief", "Enrol", &[]);
    let base = pull_request(&hosted, "theft");
    let run = verify(&hosted, &[("BASE", &base)]);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(run.stdout.contains("changes allowed_signers"), "{}", run.stdout);
}

/// A ledger of its own, whole and signed, under a list of its own.
#[test]
fn another_ledger_is_no_pull_request() {
    let hosted = Hosted::new(Sandbox::closed(1));
    let thief = Sandbox::closed(1);
    let _ = hosted.runner(&["fetch", "-q", &thief.key("ledger"), "main"]);
    let _ = hosted.runner(&["checkout", "-q", "--detach", "FETCH_HEAD"]);
    let base = hosted.tip();
    // By itself it holds: trust begins with whoever shows it.
    assert_eq!(verify(&hosted, &[]).status, 0);
    let run = verify(&hosted, &[("BASE", &base)]);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(
        run.stderr
            .contains("is no part of what is checked out: it would be judged by its own signers\nhint: "),
        "{}",
        run.stderr
    );
    let run = verify(&hosted, &[("BEFORE", &base)]);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(run.stderr.contains("the history of the branch was rewritten"), "{}", run.stderr);
}

/// A signer of the base adds a key, rightly; what the new key signs in the same pull request waits for
/// the merge.
#[test]
fn a_key_that_the_pull_request_adds_closes_nothing_in_it() {
    let hosted = Hosted::new(Sandbox::closed(1));
    let sandbox = &hosted.sandbox;
    sandbox.new_key("wren", "ed25519", "wren@example.org");
    on_branch(sandbox, "enrol");
    let _ =
        sandbox.meed(&["signers", "add", &sandbox.key("wren.pub"), "--key", &sandbox.key("treasurer")]).ok();
    let base = pull_request(&hosted, "enrol");
    assert_eq!(verify(&hosted, &[("BASE", &base)]).status, 0, "the change alone");
    sandbox.add_round("2026-02");
    let _ = sandbox.meed(&["close", "--key", &sandbox.key("wren")]).ok();
    let close = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let base = pull_request(&hosted, "enrol");
    assert_eq!(verify(&hosted, &[]).status, 0, "the chain of signers holds");
    let run = verify(&hosted, &[("BASE", &base)]);
    assert_eq!(run.status, 1, "{}", said(&run));
    // From any folder of the ledger.
    assert_eq!(verify(&hosted, &[("BASE", &base), ("LEDGER", "rounds/2026-02")]).status, 1);
    assert!(
        run.stdout.contains(&format!("{close} is not signed by a key that the base lists")),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains(
            "error: 1 commits or approvals of this pull request are not signed by a signer of its base"
        ),
        "{}",
        run.stderr
    );
}

/// A signer of the base lets a key approve, rightly; what it approves in the same pull request waits, too.
#[test]
fn a_key_that_the_pull_request_adds_approves_nothing_in_it() {
    let hosted = Hosted::new(Sandbox::closed(1));
    let sandbox = &hosted.sandbox;
    sandbox.new_key("wren", "ed25519", "wren@example.org");
    on_branch(sandbox, "enrol");
    let (public, treasurer) = (sandbox.key("wren.pub"), sandbox.key("treasurer"));
    let _ = sandbox.meed(&["signers", "add", &public, "--may", "approve", "--key", &treasurer]).ok();
    let enrolled = pull_request(&hosted, "enrol");
    assert_eq!(verify(&hosted, &[("BASE", &enrolled)]).status, 0, "the change alone");
    let approvers = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let _ = sandbox.meed(&["approve", "2026-01", "--key", &sandbox.key("wren")]).ok();
    let base = pull_request(&hosted, "enrol");
    let run = verify(&hosted, &[("BASE", &base)]);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(run.stdout.contains(".sig is not signed by a key that the base lists"), "{}", run.stdout);
    // On a base that lists the key it counts.
    assert_eq!(verify(&hosted, &[("BASE", &approvers)]).status, 0);
}

/// Old rounds of a signer who left still hold, although the base no longer lists the key.
#[test]
fn a_signer_who_left_breaks_no_pull_request() {
    let sandbox = Sandbox::closed(1);
    sandbox.new_key("wren", "ed25519", "wren@example.org");
    let _ =
        sandbox.meed(&["signers", "add", &sandbox.key("wren.pub"), "--key", &sandbox.key("treasurer")]).ok();
    let _ = sandbox.meed(&["signers", "remove", SIGNER, "--key", &sandbox.key("wren")]).ok();
    let hosted = Hosted::new(sandbox);
    let sandbox = &hosted.sandbox;
    on_branch(sandbox, "close");
    sandbox.add_round("2026-02");
    let _ = sandbox.meed(&["close", "--key", &sandbox.key("wren")]).ok();
    let base = pull_request(&hosted, "close");
    let run = verify(&hosted, &[("BASE", &base)]);
    assert_eq!(run.status, 0, "{}", said(&run));
}

#[test]
fn inputs_of_the_action_are_commits_in_full() {
    let hosted = Hosted::new(Sandbox::closed(1));
    let zeros = "0".repeat(40);
    assert_eq!(verify(&hosted, &[("BEFORE", &zeros), ("BASE", "")]).status, 0, "a new branch");
    for text in ["main", "HEAD~1", "--all", "$(touch pwned)", "${{ github.token }}"] {
        for name in ["BASE", "BEFORE"] {
            let error = verify(&hosted, &[(name, text)]).fails(2);
            assert!(error.contains("is not the id of a commit in full\nhint: give all 40 digits"), "{error}");
        }
    }
    let unknown = "1".repeat(40);
    assert!(verify(&hosted, &[("BEFORE", &unknown)]).fails(1).contains(&unknown));
    assert!(!hosted.sandbox.path("runner/pwned").exists());
    let known = verify(&hosted, &[("KNOWN", &unknown)]);
    assert_eq!(known.status, 1, "{}", said(&known));
}
