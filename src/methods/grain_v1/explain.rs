//! Why somebody got what they got of grain: for each policy the cred and what it makes of it.

use std::collections::BTreeMap;

use super::inputs::{Account, CRED_DECIMALS, Inputs};
use super::policies::{Checked, cred_and_earned};
use super::{Policy, Settings, discounted, read, weights_of};
use crate::amount::{Part, Weight, scaled_text};
use crate::error::{Error, Place};
use crate::methods::Request;
use crate::methods::explanation::{Basis, Details, Section, cell};
use crate::recipient::Key;

/// One section a policy, for each active account.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let settings: Settings = request.settings().map_err(|error| vec![error])?;
    let sound = read(&settings, request)?;
    let accounts: BTreeMap<&Key, (usize, &Account)> = (0..)
        .zip(sound.inputs.active())
        .map(|(index, (_, account))| (&account.key, (index, account)))
        .collect();
    let place = Place::file(&sound.inputs.cred_path);
    let mut sections: Vec<Vec<Section>> = vec![Vec::new(); keys.len()];
    for policy in &sound.policies {
        let weights = weights_of(policy, &sound.inputs).map_err(|error| vec![error])?;
        let divided = request.divided(policy.reward, policy.budget, &weights, &place);
        let divided = divided.map_err(|error| vec![error])?;
        let budget =
            format!("`{}` divides a budget of {}", policy.policy.id(), request.tokens(policy.budget));
        for (key, sections) in keys.iter().zip(&mut sections) {
            let Some((index, account)) = accounts.get(key).copied() else { continue };
            let weight = weights.get(key).copied().unwrap_or_default();
            let own = Own { policy, account, index, weight, part: divided.part(key) };
            sections.push(own.section(&sound.inputs, request).with_first_note(budget.clone()));
        }
    }
    Ok(sections)
}

/// An account and what a policy makes of it.
struct Own<'a> {
    policy: &'a Checked<'a>,
    account: &'a Account,
    /// Its place among the active accounts.
    index: usize,
    weight: Weight,
    part: Option<Part>,
}

impl Own<'_> {
    fn section(&self, inputs: &Inputs, request: &Request<'_>) -> Section {
        match self.policy.policy {
            Policy::Immediate { lookback, .. } => self.immediate(*lookback, inputs),
            Policy::Recent { discount, .. } => self.recent(&discount.0, inputs),
            Policy::Balanced { lookback, .. } => self.balanced(*lookback, inputs, request),
            Policy::Special { recipient, memo, .. } => {
                let memo = if memo.is_empty() { String::new() } else { format!(": {}", cell(memo)) };
                let note = format!("all of it goes to {}{memo}", cell(recipient));
                self.whole("special", "weight", 0).with_notes([note])
            }
        }
    }

    /// A section in which the whole weight is one row.
    fn whole(&self, title: &str, unit: &'static str, scale: u8) -> Section {
        let basis = Basis::Weights { unit, scale, part: self.part };
        Section::new(self.policy.reward, title, Vec::new(), basis).with_rows([(Vec::new(), self.weight)])
    }

    /// The cred of the last intervals, one by one.
    fn immediate(&self, lookback: u64, inputs: &Inputs) -> Section {
        let from = inputs.window(lookback);
        let within =
            self.account.cred.iter().filter(|(interval, _)| from.is_none_or(|from| **interval >= from));
        let rows = within.map(|(interval, cred)| (vec![interval.to_string()], *cred));
        let basis = Basis::Weights { unit: "cred", scale: CRED_DECIMALS, part: self.part };
        Section::new(self.policy.reward, "cred of the last intervals", vec!["interval"], basis)
            .with_notes([format!("intervals that count, from the last: {lookback}")])
            .with_rows(rows)
    }

    /// How cred adds up while older cred counts less.
    fn recent(&self, discount: &str, inputs: &Inputs) -> Section {
        let text = |cred| scaled_text(cred, CRED_DECIMALS);
        let mut accumulated = Weight::ZERO;
        let rows = inputs.intervals.iter().map(|interval| {
            let cred = self.account.cred.get(interval).copied().unwrap_or_default();
            let both = [accumulated, cred];
            accumulated = discounted(both.into_iter(), self.policy.kept).unwrap_or_default(); // fits: the weight does
            vec![interval.to_string(), text(cred), text(accumulated)]
        });
        let rows = rows.collect();
        let mut notes = vec![format!(
            "each interval takes {discount} of the cred before it: accumulated x (1 - {discount}), rounded down, + cred"
        )];
        if self.weight != accumulated {
            notes.push("the account is excluded, so its weight is 0".to_owned());
        }
        self.whole("recent cred", "cred", CRED_DECIMALS).with_notes(notes).with_details(Details::new(
            "cred by interval",
            &["interval", "cred", "accumulated"],
            rows,
        ))
    }

    /// What is due and what was had.
    fn balanced(&self, lookback: u64, inputs: &Inputs, request: &Request<'_>) -> Section {
        let (cred, earned) = cred_and_earned(inputs, lookback).unwrap_or_default(); // it fits: the weights do
        let own = |of: &[Weight]| of.get(self.index).copied().unwrap_or_default();
        let sum = |of: &[Weight]| of.iter().fold(Weight::ZERO, |sum, one| sum.saturating_add(*one));
        let decimals = request.decimals();
        let figures = [
            ("c, the account's cred in the window", scaled_text(own(&cred), CRED_DECIMALS)),
            ("C, that of all active accounts", scaled_text(sum(&cred), CRED_DECIMALS)),
            ("e, what the account earned in it", scaled_text(own(&earned), decimals)),
            ("E, what all active accounts earned", scaled_text(sum(&earned), decimals)),
            ("B, the budget", self.policy.budget.to_text(decimals)),
        ];
        let rows = figures.map(|(what, figure)| vec![what.to_owned(), figure]).into();
        let window =
            if lookback == 0 { "all intervals".to_owned() } else { format!("the last {lookback} intervals") };
        // Tokens times cred: exact, and at most 36 + 18 decimals.
        self.whole("what is still due", "weight", decimals.saturating_add(CRED_DECIMALS))
            .with_notes([format!(
                "the window is {window}; the weight is (E + B) c - e C, or 0 if that is below 0"
            )])
            .with_details(Details::new("figures", &["figure", "value"], rows))
    }
}
