//! Writers at once: one wins, the others are told so.

use std::process::{Child, Output, Stdio};

use super::{Copy, Prepared, Random, text};

fn spawn(copy: &Copy<'_>) -> Child {
    let mut command = copy.meed_command(&copy.prepared.close_args());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Lets `count` closers run at once and gives how they ended, the winner's output first.
fn race(copy: &Copy<'_>, count: usize) -> Vec<Output> {
    let closers: Vec<Child> = (0..count).map(|_| spawn(copy)).collect();
    let mut outputs: Vec<Output> =
        closers.into_iter().map(|closer| closer.wait_with_output().unwrap()).collect();
    outputs.sort_by_key(|output| output.status.code());
    outputs
}

/// One closing commit on the branch, the work tree with it, and the record holds.
#[track_caller]
fn assert_closed_once(copy: &Copy<'_>, tree: &str) {
    assert_eq!(copy.tree(), tree);
    assert_eq!(copy.git(&["log", "--format=%s", "--grep=^Close 2026-02:"]).lines().count(), 1);
    assert_eq!(copy.status(), "");
    assert!(copy.locks().is_empty());
    copy.assert_valid();
    copy.assert_verifies();
}

#[test]
fn sixteen_closers_give_one_winner() {
    let prepared = Prepared::open(1);
    let tree = prepared.closed_tree();
    let (mut moved, mut late) = (0, 0);
    for _ in 0..4 {
        let copy = prepared.copy();
        let outputs = race(&copy, 16);
        for (index, output) in outputs.iter().enumerate() {
            let said = text(output);
            match output.status.code() {
                Some(0) => assert_eq!(index, 0, "a second winner: {said}"),
                Some(2) => {
                    assert!(said.contains("no round is open") || said.contains("closed"), "{said}");
                    late += 1;
                }
                Some(3) => {
                    let known = ["has moved", "moved", "locked by another program"];
                    assert!(known.iter().any(|known| said.contains(known)), "{said}");
                    moved += 1;
                }
                other => panic!("{other:?}: {said}"),
            }
        }
        assert_eq!(outputs[0].status.code(), Some(0), "nobody won: {}", text(&outputs[0]));
        assert_closed_once(&copy, &tree);
        copy.remove();
    }
    eprintln!("4 races of 16: 4 winners, {moved} told that the branch moved, {late} that nothing is open");
    assert!(moved > 0, "no closer ever lost a real race");
}

/// Eight people record eight transactions that each paid everything: one is taken.
#[test]
fn eight_settlers_give_one_winner() {
    let prepared = Prepared::open(1);
    let (mut moved, mut late) = (0, 0);
    for _ in 0..4 {
        let copy = prepared.copy();
        let spawn = |number| {
            let mut command = copy.meed_command(&prepared.settle_args(number));
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let settlers: Vec<Child> = (1..=8).map(spawn).collect();
        let outputs: Vec<Output> =
            settlers.into_iter().map(|settler| settler.wait_with_output().unwrap()).collect();
        for output in &outputs {
            let said = text(output);
            match output.status.code() {
                Some(0) => {}
                Some(2) => {
                    assert!(said.contains("owes nothing any more"), "{said}");
                    late += 1;
                }
                Some(3) => {
                    let known = ["moved", "locked by another program"];
                    assert!(known.iter().any(|known| said.contains(known)), "{said}");
                    moved += 1;
                }
                other => panic!("{other:?}: {said}"),
            }
        }
        let winners = outputs.iter().filter(|output| output.status.code() == Some(0)).count();
        assert_eq!(winners, 1);
        assert_eq!(copy.git(&["log", "--format=%s", "--grep=^Settle 2026-01:"]).lines().count(), 1);
        assert_eq!(
            copy.git(&["ls-files", "rounds/2026-01/settlements"]),
            "rounds/2026-01/settlements/1.json"
        );
        assert_eq!(copy.status(), "");
        copy.assert_valid();
        copy.assert_verifies();
        copy.remove();
    }
    eprintln!(
        "4 races of 8 settlers: 4 winners, {moved} told that the branch moved, {late} that nothing is owed"
    );
    assert!(moved > 0, "no settler ever lost a real race");
}

/// Eight people amend one round at once: it has one new revision.
#[test]
fn eight_amenders_give_one_winner() {
    let prepared = Prepared::open(1);
    prepared.sandbox.correct("2026-01", 2);
    let copy = prepared.copy();
    let spawn = |_| {
        let mut command = copy.meed_command(&prepared.amend_args());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let amenders: Vec<Child> = (0..8).map(spawn).collect();
    let outputs: Vec<Output> = amenders.into_iter().map(|it| it.wait_with_output().unwrap()).collect();
    for output in &outputs {
        let said = text(output);
        let known: &[&str] = match output.status.code() {
            Some(0) => &["amended 2026-01 (revision 2)"],
            Some(2) => &["nothing is prepared for revision 3", "is committed and says why"],
            Some(3) => &["moved", "locked by another program"],
            other => panic!("{other:?}: {said}"),
        };
        assert!(known.iter().any(|known| said.contains(known)), "{said}");
    }
    assert_eq!(outputs.iter().filter(|output| output.status.code() == Some(0)).count(), 1);
    assert_eq!(copy.git(&["log", "--format=%s", "--grep=^Amend 2026-01:"]).lines().count(), 1);
    assert_eq!(copy.status(), "");
    copy.assert_valid();
    copy.assert_verifies();
}

/// Eight people close one simulation at once, and somebody a round: the simulation is closed once, and
/// the round at the latest when it is tried again.
#[test]
fn closers_of_a_simulation_and_of_a_round_at_once() {
    let prepared = Prepared::open(1);
    let args = prepared.simulation_args();
    let copy = prepared.copy();
    let start = |args: &[String]| {
        let mut command = copy.meed_command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let closers: Vec<Child> = (0..8).map(|_| start(&args)).collect();
    let round = spawn(&copy);
    let outputs: Vec<Output> = closers.into_iter().map(|it| it.wait_with_output().unwrap()).collect();
    for output in &outputs {
        let said = text(output);
        let known: &[&str] = match output.status.code() {
            Some(0) => &["closed simulations/funding"],
            Some(2) => &["is closed already", "differs from the commit"],
            Some(3) => &["moved", "locked by another program"],
            other => panic!("{other:?}: {said}"),
        };
        assert!(known.iter().any(|known| said.contains(known)), "{said}");
    }
    let winners = outputs.iter().filter(|output| output.status.code() == Some(0)).count();
    assert!(winners <= 1, "{winners} winners");
    if round.wait_with_output().unwrap().status.code() != Some(0) {
        assert_eq!(copy.close().status.code(), Some(0));
    }
    if winners == 0 {
        assert_eq!(copy.meed(&args).status.code(), Some(0), "all lost against the round");
    }
    assert_eq!(copy.git(&["log", "--format=%s", "--grep=^Close simulations/funding:"]).lines().count(), 1);
    assert_eq!(copy.git(&["log", "--format=%s", "--grep=^Close 2026-02:"]).lines().count(), 1);
    assert_eq!(copy.status(), "");
    copy.assert_valid();
    copy.assert_verifies();
}

/// Who loses against a close tries again.
#[test]
fn a_settlement_and_a_close_at_once() {
    let prepared = Prepared::open(1);
    let copy = prepared.copy();
    let running = spawn(&copy);
    let settling = copy.meed(&prepared.settle_args(1));
    let closed = running.wait_with_output().unwrap();
    let lost = |output: &Output| match output.status.code() {
        Some(0) => false,
        Some(3) => true,
        other => panic!("{other:?}: {}", text(output)),
    };
    assert!(!(lost(&settling) && lost(&closed)), "{}{}", text(&settling), text(&closed));
    if lost(&settling) {
        assert!(!lost(&copy.meed(&prepared.settle_args(1))));
    }
    if lost(&closed) {
        assert!(!lost(&copy.close()));
    }
    assert!(copy.at("rounds/2026-01/settlements/1.json").exists());
    assert!(copy.at("rounds/2026-02/results/statement.json").exists());
    assert_eq!(copy.status(), "");
    copy.assert_valid();
    copy.assert_verifies();
}

#[test]
fn closers_of_different_branches_and_work_trees_do_not_meet() {
    let prepared = Prepared::open(1);
    let tree = prepared.closed_tree();
    let copy = prepared.copy();
    let _ = copy.git(&["branch", "other"]);
    let mut other =
        copy.meed_command(&[&prepared.close_args()[..], &["--branch".into(), "other".into()]].concat());
    let other = other.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = copy.close();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let output = other.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(copy.git(&["rev-parse", "other^{tree}"]), tree);
    assert_closed_once(&copy, &tree);
}

/// A commit of something else at the same time: either may lose, and then says so; whoever wins, the
/// branch is a line of both or one of them. Git reads the index before it moves the branch, so in the
/// moment between our moving the branch and writing the index a commit can drop the results again;
/// that is not prevented, but never silent.
#[test]
fn a_commit_of_something_else_at_the_same_time() {
    const SEED: u64 = 0x6d65_6564_0000_0002;
    let prepared = Prepared::open(1);
    let mut random = Random(SEED);
    let started = std::time::Instant::now();
    let _ = prepared.closed_tree();
    let span = u64::try_from(started.elapsed().as_millis()).unwrap();
    let (mut both, mut close_lost, mut commit_lost, mut dropped) = (0, 0, 0, 0);
    for _ in 0..12 {
        let copy = prepared.copy();
        copy.write("notes/staged.txt", "mine\n");
        let _ = copy.git(&["add", "notes/staged.txt"]);
        let running = spawn(&copy);
        std::thread::sleep(std::time::Duration::from_millis(random.below(span)));
        let committed = copy.command("git").args(["commit", "-q", "-m", "Mine"]).output().unwrap();
        let closed = running.wait_with_output().unwrap();
        match (closed.status.code(), committed.status.success()) {
            (Some(0), true) => both += 1,
            (Some(3), true) => close_lost += 1,
            (Some(0), false) => commit_lost += 1,
            other => panic!("{other:?}: {}{}", text(&closed), text(&committed)),
        }
        copy.assert_valid();
        assert_eq!(std::fs::read_to_string(copy.at("notes/staged.txt")).unwrap(), "mine\n");
        if closed.status.code() == Some(0) {
            let verified = copy.meed(&["verify"]);
            let statement = "main:rounds/2026-02/results/statement.json";
            let kept = copy.command("git").args(["cat-file", "-e", statement]).output().unwrap();
            let kept = kept.status.success();
            assert_eq!(verified.status.code(), Some(i32::from(!kept)), "{}", text(&verified));
            dropped += usize::from(!kept);
        } else {
            let output = copy.close();
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
            copy.assert_verifies();
        }
        copy.remove();
    }
    eprintln!(
        "seed {SEED:#x}: {both} times both, {close_lost} times the close lost, {commit_lost} times the commit; \
         results dropped again, and seen by verify: {dropped}"
    );
}
