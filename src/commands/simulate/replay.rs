//! `meed simulate --replay`: the ledger's closed rounds under other settings.

use serde::Serialize;

use crate::commands::inputs::{RoundInputs, closing_of};
use crate::commands::table::{render, shown};
use crate::commands::tip::Tip;
use crate::commands::{Output, Session};
use crate::diff::recipients::{self, Recipients};
use crate::error::{Error, Place, Problems, Shown};
use crate::files;
use crate::git::Repository;
use crate::ledger::Ledger;
use crate::report::text::counted;
use crate::simulation::replay::{Change, ClosedRound, Replayed, Side, changed_plans, replay};
use crate::snapshot::StatementCache;
use crate::statement::DISTRIBUTION_FILE;
use crate::tables::TableWriter;
use crate::verification::history::{Closing, History};

/// People that are shown without `-v`.
const TOP: usize = 20;
/// Decimals of shares and Gini coefficients.
const DIGITS: usize = 4;

/// What is replayed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `ALLOCATION.SETTING=VALUE`, at least one.
    pub set: Vec<String>,
    /// The rounds in which the changes hold; all closed rounds where none is named.
    pub rounds: Vec<String>,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Told {
    /// The changes, as they were given.
    set: Vec<String>,
    symbol: String,
    decimals: u8,
    /// Whether nobody gets more or less.
    equal: bool,
    rounds: Vec<RoundTold>,
    /// How concentrated everything is that all rounds give together.
    largest_share: Pair<f64>,
    gini: Pair<f64>,
    recipients: Recipients,
    notes: Vec<String>,
}

/// A round on both sides.
#[derive(Debug, Serialize)]
struct RoundTold {
    round: String,
    /// The revision whose inputs are divided.
    revision: u32,
    /// Whether the side before is, byte for byte, what was recorded.
    as_recorded: bool,
    recipients: Pair<usize>,
    /// What people get, paid or held.
    given: Pair<String>,
    /// What the allocations keep for later rounds.
    kept: Pair<String>,
    /// What nobody gets.
    unallocated: Pair<String>,
    largest_share: Pair<f64>,
    gini: Pair<f64>,
}

#[derive(Debug, Serialize)]
struct Pair<T> {
    before: T,
    after: T,
}

/// Replays the closed rounds.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let changes = changes(options)?;
    let repository = session.repository()?;
    repository.demand_complete_history()?;
    let tip = Tip::read(&repository, None)?;
    let history = History::read(&repository, tip.commit, &StatementCache::default())?;
    let closed = closings(&tip, &history)?;
    let known = || closed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let is_closed = |round: &&String| closed.iter().any(|(name, _)| name == *round);
    let unknown = options.rounds.iter().filter(|round| !is_closed(round));
    let unknown = unknown.map(|round| Error::RoundNotClosed { round: Shown::from(round), known: known() });
    Problems::unless_empty(unknown.collect(), ())?;
    let mut rounds = Vec::new();
    for (_, closing) in &closed {
        rounds.push(read(session, &repository, &history, closing)?);
    }
    let (before, after) = changed_plans(&rounds, &changes, &options.rounds)?;
    let before = replay(&mut rounds, &before).map_err(|(_, problems)| problems)?;
    let after = replay(&mut rounds, &after).map_err(|(round, problems)| refused(round.as_str(), problems))?;
    let recorded: Vec<bool> = closed
        .iter()
        .zip(&before.rounds)
        .map(|((_, closing), round)| is_as_recorded(closing, round))
        .collect();
    let told = told(&changes, (&before, &after), &rounds, &recorded, &tip.ledger)?;
    Ok(if session.json {
        Output::json(&told)
    } else if session.csv {
        Output::data(csv(&told.recipients)).with_notes(told.notes)
    } else {
        Output::text(text(&told, &tip.ledger, session.verbose)).with_notes(told.notes)
    })
}

/// The changes that are asked for, all that is wrong with them at once.
fn changes(options: &Options) -> Result<Vec<Change>, Problems> {
    if options.set.is_empty() {
        let message = "--replay: nothing is changed".to_owned();
        let hint = "say what is to be changed: --set praise.contributor_share=0.85".to_owned();
        return Err(Error::Usage { message, hint }.into());
    }
    let mut problems = Vec::new();
    let parsed = options.set.iter().map(|text| Change::parse(text));
    let changes = parsed.filter_map(|change| change.map_err(|error| problems.push(error)).ok()).collect();
    Problems::unless_empty(problems, changes)
}

/// The closed rounds, in the order of their first closing, each with the closing of its latest revision.
fn closings<'a>(tip: &Tip, history: &'a History) -> Result<Vec<(String, &'a Closing)>, Problems> {
    let firsts = tip.record.statements().iter().map(|recorded| &recorded.statement.predicate);
    let mut closed = Vec::new();
    for predicate in firsts.filter(|predicate| predicate.revision == 1) {
        if let Some(closing) = closing_of(history, &predicate.round, None)? {
            closed.push((predicate.round.clone(), closing));
        }
    }
    if closed.is_empty() {
        return Err(Error::RoundsClosedNone { place: Place::file(&tip.ledger.rounds) }.into());
    }
    Ok(closed)
}

/// A closed round, as the commit before its closing has it.
fn read(
    session: &Session,
    repository: &Repository,
    history: &History,
    closing: &Closing,
) -> Result<ClosedRound, Problems> {
    let RoundInputs { round, revision, files, .. } =
        RoundInputs::of_closed(session, repository, history, closing)?;
    let ledger = Ledger::read(&files)?;
    Ok(ClosedRound { round, revision, ledger, files })
}

/// What the changed side cannot do is the change's fault: the other side could.
fn refused(round: &str, problems: Problems) -> Problems {
    let of_change = |problem: &Error| Error::ReplayRefused {
        round: Shown::from(round),
        reason: Shown::sentence(&problem.to_string()),
    };
    let errors = problems.errors().iter().map(of_change).collect();
    Problems::unless_empty(errors, ()).err().unwrap_or(problems)
}

/// Whether a round comes out as the statement of its latest revision has it.
fn is_as_recorded(closing: &Closing, round: &Replayed) -> bool {
    let Ok(recorded) = &closing.recorded else { return false };
    let subject = recorded.statement.subject.iter().find(|subject| subject.name == DISTRIBUTION_FILE);
    subject.is_some_and(|subject| subject.digest.sha256 == files::sha256_hex(&round.distribution))
}

fn told(
    changes: &[Change],
    (before, after): (&Side, &Side),
    closed: &[ClosedRound],
    recorded: &[bool],
    ledger: &Ledger,
) -> Result<Told, Error> {
    let decimals = ledger.token.decimals;
    let (old, new) = (before.recipients(after)?, after.recipients(before)?);
    let recipients = recipients::compare(&old, &new, decimals)?;
    let mut rounds = Vec::new();
    for (((old, new), closed), as_recorded) in
        before.rounds.iter().zip(&after.rounds).zip(closed).zip(recorded)
    {
        let pair = |of: &dyn Fn(&Replayed) -> String| Pair { before: of(old), after: of(new) };
        let (was, is) = (&old.concentration, &new.concentration);
        rounds.push(RoundTold {
            round: old.round.as_str().to_owned(),
            revision: closed.revision,
            as_recorded: *as_recorded,
            recipients: Pair { before: was.recipients, after: is.recipients },
            given: pair(&|it| it.due.to_text(decimals)),
            kept: pair(&|it| it.kept.to_text(decimals)),
            unallocated: pair(&|it| it.unallocated.to_text(decimals)),
            largest_share: Pair { before: was.largest_share, after: is.largest_share },
            gini: Pair { before: was.gini, after: is.gini },
        });
    }
    let (was, is) = (before.concentration(&old), after.concentration(&new));
    Ok(Told {
        set: changes.iter().map(|change| change.given.clone()).collect(),
        symbol: ledger.token.symbol.clone(),
        decimals,
        equal: recipients.changed.is_empty(),
        notes: notes(&rounds),
        rounds,
        largest_share: Pair { before: was.largest_share, after: is.largest_share },
        gini: Pair { before: was.gini, after: is.gini },
        recipients,
    })
}

/// Where the side before is not what was recorded, and where another amount goes to nobody.
fn notes(rounds: &[RoundTold]) -> Vec<String> {
    let named = |is_meant: fn(&RoundTold) -> bool, text: &str| {
        let rounds = rounds.iter().filter(|round| is_meant(round)).map(|round| round.round.as_str());
        let rounds = rounds.collect::<Vec<_>>().join(", ");
        (!rounds.is_empty()).then(|| format!("note: {text}: {rounds}"))
    };
    let recorded = "as if every round had been closed once, with its corrections: without a change these do not come out byte for byte as recorded";
    let nobody = "what nobody gets is not what it was; where shares must sum to 1, change another one too, by a second --set";
    let unallocated = |round: &RoundTold| round.unallocated.before != round.unallocated.after;
    named(|round| !round.as_recorded, recorded).into_iter().chain(named(unallocated, nobody)).collect()
}

/// The people as CSV: who gets more or less.
fn csv(recipients: &Recipients) -> String {
    let mut table =
        TableWriter::new(&["recipient", "address", "key", "before", "after", "difference", "change"]);
    for change in &recipients.changed {
        // Of several payees the first of the side after.
        let payee = change.payees_after.first().or_else(|| change.payees_before.first());
        table.text(&change.recipient);
        table.plain(payee.and_then(|payee| payee.address.as_deref()).unwrap_or_default());
        table.text(payee.and_then(|payee| payee.key.as_deref()).unwrap_or_default());
        table.plain(&change.amount.before);
        table.plain(&change.amount.after);
        table.plain(&change.amount.difference);
        table.plain(change.change.id());
        table.end_row();
    }
    String::from_utf8_lossy(&table.into_bytes()).into_owned()
}

/// The tables for people.
fn text(told: &Told, ledger: &Ledger, all: bool) -> String {
    let set: Vec<String> = told.set.iter().map(|given| format!("--set {}", Shown::from(given))).collect();
    let mut text =
        format!("{} again, {}\n", counted(told.rounds.len(), "closed round", "closed rounds"), set.join(" "));
    text += &rounds(told, ledger);
    if told.equal {
        return text
            + &format!(
                "\nnobody gets more or less ({})\n",
                counted(told.recipients.unchanged, "recipient", "recipients")
            );
    }
    let changed = &told.recipients.changed;
    text += &format!(
        "\n{} more or less, {}, all rounds together:\n",
        counted(changed.len(), "recipient gets", "recipients get"),
        counted(told.recipients.unchanged, "the same", "the same")
    );
    let shown_rows = changed.iter().take(if all { changed.len() } else { TOP }).map(|change| {
        let amount = &change.amount;
        vec![
            Shown::from(&change.recipient).to_string(),
            cut(&amount.before, ledger),
            cut(&amount.after, ledger),
            cut(&amount.signed_difference(), ledger),
        ]
    });
    let header = ["recipient", "before", "after", "difference"];
    text += &render(&header, shown_rows.collect(), &header[1..]);
    if !all && changed.len() > TOP {
        text += &format!("... and {} more (`meed -v simulate --replay` shows all)\n", changed.len() - TOP);
    }
    let number = |value: f64| format!("{value:.DIGITS$}");
    text + &format!(
        "\nall rounds together: largest share {} -> {}, Gini {} -> {}\n",
        number(told.largest_share.before),
        number(told.largest_share.after),
        number(told.gini.before),
        number(told.gini.after)
    )
}

/// The rounds that differ, and in a line those that do not.
fn rounds(told: &Told, ledger: &Ledger) -> String {
    let both = |before: &str, after: &str| {
        let (before, after) = (cut(before, ledger), cut(after, ledger));
        if before == after { before } else { format!("{before} -> {after}") }
    };
    let number =
        |pair: &Pair<f64>| both(&format!("{:.DIGITS$}", pair.before), &format!("{:.DIGITS$}", pair.after));
    let rows = told.rounds.iter().map(|round| {
        vec![
            shown(&round.round),
            both(&round.recipients.before.to_string(), &round.recipients.after.to_string()),
            both(&round.given.before, &round.given.after),
            both(&round.kept.before, &round.kept.after),
            both(&round.unallocated.before, &round.unallocated.after),
            number(&round.largest_share),
            number(&round.gini),
        ]
    });
    let given = format!("given, {}", told.symbol);
    let header = ["round", "recipients", given.as_str(), "kept", "unallocated", "largest share", "gini"];
    render(&header, rows.collect(), &header[1..])
}

/// An amount with as many decimals as the ledger shows; what is cut off is not rounded.
fn cut(figure: &str, ledger: &Ledger) -> String {
    let digits = usize::from(ledger.display_decimals).max(DIGITS);
    match figure.split_once('.') {
        Some((whole, rest)) => {
            let rest = rest.get(..digits).unwrap_or(rest);
            format!("{whole}.{rest}")
        }
        None => figure.to_owned(),
    }
}
