//! kill -9 at random moments of a close of several rounds.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use meed::commands::Step;

use super::{Prepared, Random};

/// Kills that must be seen to hit between the first and the last step.
const HITS: usize = 20;
/// Bounds of the search for them.
const TRIES: usize = 400;
const SECONDS: u64 = 240;

/// The steps between the first and the last.
const LATER: [Step; 4] = [Step::ObjectsWritten, Step::CommitsWritten, Step::Preflighted, Step::BranchMoved];

/// What became of a try.
struct Outcome {
    /// The steps that were seen, in order.
    steps: Vec<String>,
    /// Whether the signal ended the program.
    killed: bool,
    /// From the step that was waited for to the end.
    took: Duration,
}

/// Runs a close and kills it `delay` after it was seen to take `step`; never without a delay.
fn close_and_kill(copy: &super::Copy<'_>, step: Step, delay: Option<Duration>) -> Outcome {
    let args = [vec!["-vv".to_owned()], copy.prepared.close_args()].concat();
    let mut child = copy.meed_command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains(step.name()) && lines.read_line(&mut seen).unwrap() > 0 {}
    let start = Instant::now();
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        let _ = sender.send(());
        rest
    });
    if let Some(delay) = delay {
        // A sleep that ends early where the program does.
        let _ = receiver.recv_timeout(delay);
        let _ = child.kill();
    }
    let status = child.wait().unwrap();
    let took = start.elapsed();
    let rest = reader.join().unwrap();
    let steps = [seen, rest].concat();
    let steps = steps.lines().filter_map(|line| line.strip_prefix("step: ")).map(str::to_owned).collect();
    Outcome { steps, killed: status.signal() == Some(9), took }
}

#[test]
fn killed_at_random_moments() {
    const SEED: u64 = 0x6d65_6564_0000_0001;
    let prepared = Prepared::open(3);
    let tree = prepared.closed_tree();
    let (first, last) = (Step::Computed.name(), Step::WorkTreeFollowed.name());
    let undisturbed = close_and_kill(&prepared.copy(), Step::Computed, None);
    assert_eq!(undisturbed.steps, Step::ALL.map(Step::name), "each step is printed as it happens");
    let span = u64::try_from(undisturbed.took.as_micros()).unwrap();

    let paths: Vec<String> = prepared.open.iter().map(|round| format!("rounds/{round}/results")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut random = Random(SEED);
    let (mut tries, mut hits, mut moved, mut locked) = (0, 0, 0, 0);
    let mut after: BTreeSet<String> = BTreeSet::new();
    let started = Instant::now();
    while hits < HITS && tries < TRIES && started.elapsed().as_secs() < SECONDS {
        tries += 1;
        let copy = prepared.copy();
        let before = copy.tip();
        // Most time goes by before the commits are written; so every other kill waits for a later step.
        let later = tries % 2 == 0;
        let step = if later { LATER[usize::try_from(random.below(4)).unwrap()] } else { Step::Computed };
        let delay = Duration::from_micros(random.below(if later { span / 20 } else { span }));
        let outcome = close_and_kill(&copy, step, Some(delay));
        let known = |step: &String| Step::ALL.iter().any(|known| known.name() == step);
        assert!(outcome.steps.iter().all(known), "half a line: {:?}", outcome.steps);
        let seen = |step: &str| outcome.steps.iter().any(|seen| seen == step);
        if outcome.killed && seen(first) && !seen(last) {
            hits += 1;
            after.insert(outcome.steps.last().unwrap().clone());
        }
        locked += usize::from(!copy.locks().is_empty());
        let has_moved = copy.assert_recovers(&prepared.close_args(), &before, &tree, &paths);
        moved += usize::from(has_moved);
        copy.remove();
    }
    eprintln!(
        "seed {SEED:#x}: {tries} tries, {hits} kills between the first and the last step (after {after:?}), \
         {moved} with the branch moved, {locked} that left a lock; {span} us from first step to end"
    );
    assert!(hits >= HITS, "only {hits} hits in {tries} tries");
}
