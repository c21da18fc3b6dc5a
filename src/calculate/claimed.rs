//! What was not claimed of an allocation's last round, and is brought into this one.
//!
//! A round that is paid by claims (payouts `merkle`, `merkle-distributor`) is not paid when it is
//! closed: people claim, and some never do. The next round of an allocation may name the input
//! `claimed` (`address`, `amount`): what each address has claimed of what the allocation paid in its last
//! round. The rest is brought in and divided together with the pool.
//!
//! The last round is that of the latest statement in which the allocation was more than carried on. So
//! no rest is brought in twice: once the allocation has had another round, `claimed` means that one.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown, Warning};
use crate::files::Files;
use crate::ledger::Ledger;
use crate::ledger::plan::{Allocation, Plan};
use crate::ledger::round_id::{ROUND_FILE, RoundId};
use crate::methods::{CLAIMED, Outcome, Request, collected};
use crate::payouts::{PAYOUTS_FOLDER, merkle, merkle_distributor};
use crate::statement::{DISTRIBUTION_FILE, Record, Recorded, Sums};
use crate::tables::stream::for_each_row;
use crate::tables::{Row, Table};

/// The columns of the table.
pub const COLUMNS: [&str; 2] = ["address", "amount"];

/// What an allocation brings in.
#[derive(Debug, Default)]
pub(super) struct BroughtIn {
    /// The rest; zero without the input.
    pub amount: Amount,
    /// The table that was read.
    read: Option<String>,
    warnings: Vec<Warning>,
}

/// A row of the table.
struct Claim {
    amount: Amount,
    place: Place,
}

/// The files of earlier rounds that the round reads, from the ledger's root: distributions that
/// allocations ask for ([`claimed_rounds`]), and what the pages compare with.
pub fn earlier_results(
    files: &Files,
    ledger: &Ledger,
    round: (&RoundId, u32),
    record: &Record,
) -> BTreeSet<String> {
    let claimed = claimed_rounds(files, ledger, round, record);
    let distributions = claimed.values().map(|recorded| distribution_of(recorded));
    #[cfg(feature = "pages")]
    let distributions = distributions.chain(crate::report::earlier_tables(record));
    distributions.collect()
}

/// The last rounds of the allocations that name `claimed`, by allocation. Only round.json can name it.
pub fn claimed_rounds<'a>(
    files: &Files,
    ledger: &Ledger,
    (round, revision): (&RoundId, u32),
    record: &'a Record,
) -> BTreeMap<String, &'a Recorded> {
    if !files.contains(&format!("{}/{ROUND_FILE}", ledger.folder_of(round))) {
        return BTreeMap::new();
    }
    let Ok((plan, _)) = Plan::read_partly(files, ledger, round, revision) else { return BTreeMap::new() };
    let names_claimed = plan.allocations.into_iter().filter(|it| it.inputs.contains_key(CLAIMED));
    let last = |allocation: Allocation| {
        let (recorded, _) = last_round_of(&allocation.name, record)?;
        Some((allocation.name, recorded))
    };
    names_claimed.filter_map(last).collect()
}

/// What the input `claimed` of an allocation brings in; zero without it. All problems at once.
pub fn brought_in(request: &Request<'_>, record: &Record) -> Result<Amount, Problems> {
    let mut problems = Vec::new();
    let amount = read(request, record, &mut problems).amount;
    Problems::unless_empty(problems, amount)
}

/// Reads the input `claimed` of an allocation, if it names one. All problems at once.
pub(super) fn read(request: &Request<'_>, record: &Record, problems: &mut Vec<Error>) -> BroughtIn {
    let Some((path, bytes)) = collected(request.optional_input(CLAIMED), problems).flatten() else {
        return BroughtIn::default();
    };
    let (last, sums) = match claimable_round(request, record) {
        Ok(last) => last,
        Err(error) => {
            problems.push(error);
            return BroughtIn::default();
        }
    };
    let before = problems.len();
    let claims = read_claims(path, bytes, request, problems);
    let paid = collected(paid_of(sums, last, request), problems);
    if let Some(claims) = &claims {
        check_claims(claims, last, request, problems);
    }
    let (Some(claims), Some(paid), true) = (claims, paid, problems.len() == before) else {
        return BroughtIn::default();
    };
    let rest = rest_of(paid, &claims, path, last, request);
    let Some(amount) = collected(rest, problems) else { return BroughtIn::default() };
    let warnings = warnings(amount, path, last, request);
    BroughtIn { amount, read: Some(path.to_owned()), warnings }
}

impl BroughtIn {
    /// Joins what the method made of it: brought in, read, warnings.
    pub(super) fn join(self, outcome: &mut Outcome, request: &Request<'_>) -> Result<(), Error> {
        outcome.brought_in = request.with_brought_in(outcome.brought_in)?;
        outcome.read.extend(self.read);
        let mut amounts = outcome.rewards.iter().flat_map(|reward| reward.amounts.values());
        if self.amount != Amount::ZERO
            && outcome.kept == Amount::ZERO
            && amounts.all(|it| *it == Amount::ZERO)
        {
            let text = "nobody gets any of what was not claimed: it stays unallocated";
            outcome.warnings.push(Warning::new(request.place(), text));
        }
        outcome.warnings.extend(self.warnings);
        Ok(())
    }
}

/// The latest round in which the allocation was more than carried on, and what it came to when that was
/// closed first: an amendment pays from what is held.
pub(super) fn last_round_of<'a>(allocation: &str, record: &'a Record) -> Option<(&'a Recorded, &'a Sums)> {
    let is_carried_on = |sums: &Sums| {
        let Sums { declared, pool, brought_in, paid, held, unallocated, .. } = sums;
        let all_zero = [declared, pool, brought_in, paid, held, unallocated].iter().all(|it| it.0 == "0");
        all_zero && sums.carried_in == sums.kept
    };
    let closed = record.statements().iter().rev().filter(|it| it.statement.predicate.revision == 1);
    closed.into_iter().find_map(|recorded| {
        let allocations = &recorded.statement.predicate.allocations;
        let found = allocations.iter().find(|it| it.name == allocation && !is_carried_on(&it.sums));
        found.map(|found| (recorded, &found.sums))
    })
}

/// The last round of the allocation, which must have paid something, by claims.
fn claimable_round<'a>(request: &Request<'_>, record: &'a Record) -> Result<(&'a Recorded, &'a Sums), Error> {
    let impossible = |reason: String| Error::ClaimedImpossible {
        place: request.place(),
        allocation: request.name(),
        reason,
    };
    let (last, sums) = last_round_of(&request.allocation.name, record)
        .ok_or_else(|| impossible("no round of it is closed yet".to_owned()))?;
    let round = round_of(last);
    if sums.paid.0 == "0" {
        return Err(impossible(format!("its last round `{round}` paid nothing")));
    }
    let by_claims = [merkle::TREE_FILE, merkle_distributor::FILE].map(|it| format!("{PAYOUTS_FOLDER}{it}"));
    let subject = &last.statement.subject;
    if !subject.iter().any(|file| by_claims.contains(&file.name)) {
        return Err(impossible(format!(
            "its last round `{round}` wrote neither {} nor {}, so it was not paid by claims",
            merkle::TREE_FILE,
            merkle_distributor::FILE
        )));
    }
    Ok((last, sums))
}

/// What the allocation paid in its last round.
fn paid_of(sums: &Sums, last: &Recorded, request: &Request<'_>) -> Result<Amount, Error> {
    Amount::parse(&sums.paid.0, request.decimals(), &Place::file(&last.path()), "paid")
}

/// The table: an address stands once.
fn read_claims(
    path: &str,
    bytes: &[u8],
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Option<BTreeMap<Address, Claim>> {
    let table = Table::read(path, bytes, &COLUMNS).map_err(|found| problems.extend(found)).ok()?;
    let mut claims: BTreeMap<Address, Claim> = BTreeMap::new();
    for row in table.rows() {
        let missing = |what: &str| Error::ValueMissing { place: row.place(), what: what.to_owned() };
        let address = row.address("address").and_then(|it| it.ok_or_else(|| missing("address")));
        let address = collected(address, problems);
        let amount = collected(amount_of(&row, request.decimals()), problems);
        let (Some(address), Some(amount)) = (address, amount) else { continue };
        if let Some(first) = claims.get(&address) {
            let (value, first) = (Shown::from(address.to_string()), first.place.clone());
            problems.push(Error::ValueTwice { place: row.place(), what: "address", value, first });
            continue;
        }
        claims.insert(address, Claim { amount, place: row.place() });
    }
    Some(claims)
}

/// The amount of a row, which must be there.
fn amount_of(row: &Row<'_>, decimals: u8) -> Result<Amount, Error> {
    match row.field("amount").trim() {
        "" => Err(Error::ValueMissing { place: row.place(), what: "amount".to_owned() }),
        text => Amount::parse(text, decimals, &row.place(), "amount"),
    }
}

/// Nobody claimed more than that round paid them, in all allocations together.
fn check_claims(
    claims: &BTreeMap<Address, Claim>,
    last: &Recorded,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) {
    let totals = match totals_of(claims, last, request) {
        Ok(totals) => totals,
        Err(found) => return problems.extend(found),
    };
    let mut ordered: Vec<(&Address, &Claim)> = claims.iter().collect();
    ordered.sort_by_key(|(_, claim)| &claim.place);
    let decimals = request.decimals();
    for (address, claim) in ordered {
        let (place, round) = (claim.place.clone(), round_of(last));
        match totals.get(address).copied().filter(|total| *total != Amount::ZERO) {
            None => problems.push(Error::NothingPaid { place, address: address.to_string(), round }),
            Some(total) if claim.amount > total => problems.push(Error::ClaimedAboveTotal {
                place,
                address: address.to_string(),
                claimed: claim.amount.to_text(decimals),
                total: total.to_text(decimals),
                symbol: Shown::from(&request.plan.token.symbol),
                round,
            }),
            Some(_) => {}
        }
    }
}

/// What that round paid those who claimed, from its distribution.csv, whose digest must be that of
/// its statement.
fn totals_of(
    claims: &BTreeMap<Address, Claim>,
    last: &Recorded,
    request: &Request<'_>,
) -> Result<BTreeMap<Address, Amount>, Vec<Error>> {
    let path = distribution_of(last);
    let (digest, _) = request.files.digest(&path).map_err(|error| vec![error])?;
    let stated = last.statement.subject.iter().find(|subject| subject.name == DISTRIBUTION_FILE);
    if stated.is_none_or(|subject| subject.digest.sha256 != digest) {
        return Err(vec![Error::CarryDigest { place: Place::file(&path) }]);
    }
    let mut totals = BTreeMap::new();
    let mut input = request.files.open(&path).map_err(|error| vec![error])?;
    for_each_row(&path, &mut *input, &[&["address"], &["total"]], &mut |row| {
        if let Some(address) = Address::parse_lower_case(row.text(0)).filter(|it| claims.contains_key(it)) {
            totals.insert(address, Amount::parse(row.text(1), request.decimals(), &row.place(), "total")?);
        }
        Ok(())
    })?;
    Ok(totals)
}

/// What the allocation paid and nobody claimed.
fn rest_of(
    paid: Amount,
    claims: &BTreeMap<Address, Claim>,
    path: &str,
    last: &Recorded,
    request: &Request<'_>,
) -> Result<Amount, Error> {
    let claimed = Amount::sum(claims.values().map(|claim| claim.amount));
    let place = Place::file(path);
    let claimed = claimed
        .ok_or_else(|| Error::Overflow { place: place.clone(), what: "what was claimed".to_owned() })?;
    paid.checked_sub(claimed).ok_or_else(|| Error::ClaimedAbovePaid {
        place,
        allocation: request.name(),
        claimed: claimed.to_text(request.decimals()),
        paid: paid.to_text(request.decimals()),
        symbol: Shown::from(&request.plan.token.symbol),
        round: round_of(last),
    })
}

/// What people should look at: whoever can still claim would be paid twice; a claim is of a round, not
/// of an allocation.
fn warnings(rest: Amount, path: &str, last: &Recorded, request: &Request<'_>) -> Vec<Warning> {
    let round = round_of(last);
    let mut texts = Vec::new();
    if rest != Amount::ZERO {
        let (amount, symbol) = (rest.to_text(request.decimals()), &request.plan.token.symbol);
        texts.push(format!(
            "{amount} {symbol} of round `{round}` were not claimed and are brought in: end the claims of that round before this one is paid"
        ));
    }
    let others = last.statement.predicate.allocations.iter();
    let mut others = others.filter(|it| it.name != request.allocation.name && it.sums.paid.0 != "0");
    if others.next().is_some() {
        texts.push(format!(
            "round `{round}` paid other allocations in the same claims: only what belongs to `{}` may stand here",
            request.name()
        ));
    }
    texts.into_iter().map(|text| Warning::new(Place::file(path), text)).collect()
}

/// The round of a statement, fit for messages.
fn round_of(recorded: &Recorded) -> Shown {
    Shown::from(&recorded.statement.predicate.round)
}

/// The path of the distribution beside a statement.
fn distribution_of(recorded: &Recorded) -> String {
    format!("{}/{DISTRIBUTION_FILE}", recorded.folder)
}
