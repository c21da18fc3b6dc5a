//! The action `propose`: one pull request a round, with the folder of the round and nothing else.

use std::fs;

use super::{Hosted, TOKEN, said};
use crate::support::sandbox::{Run, Sandbox, praise_csv};

const BRANCH: &str = "refs/heads/meed/propose-2026-02";

/// A host with a closed round, and a runner that has checked out `inputs/feb` with another one and with
/// a change that is none of a round's.
fn hosted(prepare: fn(&Sandbox)) -> Hosted {
    let hosted = Hosted::new(Sandbox::closed(1));
    let sandbox = &hosted.sandbox;
    let _ = sandbox.git(&["checkout", "-q", "-b", "inputs/feb"]).ok();
    sandbox.write_round("2026-02");
    sandbox.write(".github/workflows/steal.yml", "on: push\n");
    prepare(sandbox);
    sandbox.commit("February; `touch pwned` ${{ github.token }}");
    hosted.program(
        "gh",
        r#"printf '[%s]' "$@" >>"$SANDBOX/gh"; echo >>"$SANDBOX/gh"
[[ $GH_TOKEN == "$EXPECTED_TOKEN" && $GH_REPO == github.com/tidewater/ledger && -z ${PROPOSE_TOKEN:-} ]] || exit 9
[[ $2 != list ]] || cat "$SANDBOX/number" 2>/dev/null || true
while (($# > 0)); do [[ $1 != --body-file ]] || cp "$2" "$SANDBOX/body"; shift; done
"#,
    );
    update(&hosted);
    hosted
}

/// Pushes the branch of the inputs and lets the runner check it out.
fn update(hosted: &Hosted) {
    let _ = hosted.sandbox.git(&["push", "-q", "-f", "origin", "inputs/feb"]).ok();
    let _ = hosted.runner(&["fetch", "-q", "origin"]);
    let _ = hosted.runner(&["checkout", "-q", "-B", "inputs/feb", "origin/inputs/feb"]);
}

fn propose(hosted: &Hosted) -> Run {
    let mut command = hosted.command("propose/propose.sh");
    command.envs([("PROPOSE_BASE", "main"), ("PROPOSE_ROUNDS_FOLDER", "rounds")]).envs([
        ("PROPOSE_TOKEN", TOKEN),
        ("EXPECTED_TOKEN", TOKEN),
        ("GITHUB_REPOSITORY", "tidewater/ledger"),
    ]);
    let run = Run::of_command(&mut command);
    assert!(!said(&run).contains(TOKEN), "{}", said(&run));
    run
}

/// What gh was called with, and forgets it.
fn calls(hosted: &Hosted) -> Vec<String> {
    let calls = fs::read_to_string(hosted.sandbox.path("gh")).unwrap_or_default();
    let _ = fs::remove_file(hosted.sandbox.path("gh"));
    calls.lines().map(str::to_owned).collect()
}

fn body(hosted: &Hosted) -> String {
    fs::read_to_string(hosted.sandbox.path("body")).unwrap()
}

#[test]
fn a_round_gets_one_pull_request_that_is_updated() {
    let hosted = hosted(|_| {});
    let run = propose(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert_eq!(hosted.output("rounds").as_deref(), Some("2026-02"));
    let first = hosted.host(&["rev-parse", BRANCH]);
    // The folder of the round on the base, and nothing else.
    assert_eq!(hosted.host(&["rev-parse", &format!("{BRANCH}^")]), hosted.tip());
    let changed = hosted.host(&["diff", "--name-only", "main", BRANCH]);
    assert!(
        changed.lines().count() == 3 && changed.lines().all(|path| path.starts_with("rounds/2026-02/")),
        "{changed}"
    );
    let text = body(&hosted);
    assert!(text.starts_with("<!-- meed propose 2026-02 -->\n"), "{text}");
    assert!(
        text.contains(
            "\n    2026-02 (2026-02-01 to 2026-02-28): 93.571428571428571429 TOK to 5 recipients\n"
        ),
        "{text}"
    );
    assert!(text.contains("\n## Differences from 2026-01\n\n"), "{text}");
    assert!(text.len() < 65_536);
    let made = calls(&hosted);
    assert_eq!(made.len(), 2, "{made:?}");
    assert!(
        made[1].starts_with(
            "[pr][create][--head][meed/propose-2026-02][--base][main][--title][Propose 2026-02]"
        ),
        "{made:?}"
    );

    // The same again: the branch stays, the pull request is updated.
    fs::write(hosted.sandbox.path("number"), "66 true\n7 false\n").unwrap(); // 66 is a fork's
    assert_eq!(propose(&hosted).status, 0);
    assert_eq!(hosted.host(&["rev-parse", BRANCH]), first);
    let made = calls(&hosted);
    assert!(made.len() == 2 && made[1].starts_with("[pr][edit][7][--title][Propose 2026-02]"), "{made:?}");

    // A fork's pull request of a branch of that name is not ours.
    fs::write(hosted.sandbox.path("number"), "66 true\n").unwrap();
    assert_eq!(propose(&hosted).status, 0);
    assert!(calls(&hosted)[1].starts_with("[pr][create][--head][meed/propose-2026-02]"));

    // Changed inputs: the branch is written anew, on the base.
    hosted.sandbox.write(
        "rounds/2026-02/praise.csv",
        praise_csv("02").replacen("13,5", "8,5", 1).replacen(",9\n", ",6.5\n", 1),
    );
    hosted.sandbox.commit("Correct a score");
    update(&hosted);
    let run = propose(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert_ne!(hosted.host(&["rev-parse", BRANCH]), first);
    assert_eq!(hosted.host(&["rev-parse", &format!("{BRANCH}^")]), hosted.tip());
}

#[test]
fn hostile_text_stays_text() {
    let name =
        "::set-output name=a::b ```</details><script> $(touch pwned) ${{ github.token }} \u{202e}@everyone";
    let hosted = hosted(|sandbox| {
        let name = "::set-output name=a::b ```</details><script> $(touch pwned) ${{ github.token }} \u{202e}@everyone";
        sandbox.write("rounds/2026-02/praise.csv", praise_csv("02").replace("Ada", name));
        sandbox.write("rounds/$(touch pwned)/round.json", "{}");
        sandbox.write("rounds/--force/round.json", "{}");
    });
    let run = propose(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert_eq!(hosted.output("rounds").as_deref(), Some("2026-02"));
    let text = body(&hosted);
    let shown = name.replace('\u{202e}', "\u{fffd}");
    let start: String = shown.chars().take(30).collect();
    let check =
        text.split("## What would be distributed").nth(1).unwrap().split("\n## Differences").next().unwrap();
    assert!(check.contains(&start), "{check}");
    // All of it is indented by four: a block of code, which nothing in it can end.
    for line in check.lines().filter(|line| !line.is_empty()) {
        assert!(line.starts_with("    "), "{line}");
    }
    assert!(!text.contains('\u{202e}'));
    let differences = text.split("\n## Differences").nth(1).unwrap();
    assert!(!differences.contains("<script>") && !differences.contains("\n::"), "{differences}");
    assert!(!hosted.sandbox.path("runner/pwned").exists());
    assert!(!said(&run).contains("::set-output"), "{}", said(&run));
}

#[test]
fn a_round_that_cannot_be_closed_says_why() {
    let hosted = hosted(|sandbox| {
        sandbox.write(
            "rounds/2026-02/praise.csv",
            praise_csv("02").replacen("13,5", "12,5", 1).replacen(",9\n", ",8.5\n", 1),
        );
    });
    let error = propose(&hosted).fails(2);
    assert!(
        error.contains("error: 1 of the proposed rounds cannot be closed as they are\nhint: "),
        "{error}"
    );
    let text = body(&hosted);
    assert!(
        text.contains(
            "\n## It cannot be closed like this\n\n    error: rounds/2026-02/praise.csv:3: score `12`"
        ),
        "{text}"
    );
    assert!(!text.contains("## Differences"), "{text}");
    assert_eq!(calls(&hosted).len(), 2);
}

#[test]
fn closed_and_unchanged_rounds_are_not_proposed() {
    let hosted = hosted(|sandbox| {
        let _ = fs::remove_dir_all(sandbox.at("rounds/2026-02"));
        sandbox.write("rounds/2026-01/praise.csv", praise_csv("01").replacen("13,5", "8,5", 1));
    });
    let run = propose(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert!(
        run.stdout.contains("2026-01 is closed: `meed amend` corrects it\nnothing to propose"),
        "{}",
        run.stdout
    );
    assert_eq!(hosted.output("rounds").as_deref(), Some(""));
    assert_eq!(calls(&hosted), Vec::<String>::new());
    // A branch that is behind takes nothing back.
    hosted.sandbox.git_ok(&["checkout", "-q", "main"]);
    hosted.push("rounds/2026-02/round.json", "{}");
    let run = propose(&hosted);
    assert_eq!((run.status, hosted.output("rounds").as_deref()), (0, Some("")), "{}", said(&run));
}

/// Results that come with the inputs are no record.
#[test]
fn a_forged_record_is_not_proposed() {
    let hosted = hosted(|sandbox| {
        let statement = sandbox.read("rounds/2026-01/results/statement.json");
        sandbox.write("rounds/2026-02/results/statement.json", statement.replace("2026-01", "2026-02"));
    });
    let run = propose(&hosted);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(run.stderr.contains("error: main with 2026-02 does not verify"), "{}", said(&run));
    assert_eq!(calls(&hosted), Vec::<String>::new());
    assert!(hosted.host(&["for-each-ref", "refs/heads/meed"]).is_empty());
}
