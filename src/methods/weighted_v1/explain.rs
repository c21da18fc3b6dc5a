//! Why somebody got what they got of a weighted table: values, terms, weight, cap and floor.

use super::divided::settle;
use super::limits::{Limit, Settlement};
use super::rows::{Entry, Line};
use super::terms::{DECIMALS, added, combined, terms_of};
use super::{Rows, Sources, read};
use crate::amount::{Amount, Part, Weight, scaled_text};
use crate::error::{Error, Shown};
use crate::methods::Request;
use crate::methods::explanation::{Basis, Details, Fraction, Section, part_at};
use crate::recipient::Key;

/// The section of each recipient whom a row is about.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read(request, &mut problems) else { return Err(problems) };
    let weighed = sources.weigh(problems)?;
    let single = |error| vec![error];
    let (settlement, open) = settle(request, &sources, &weighed).map_err(single)?;
    let division = open.division(request, &sources, &weighed, settlement.left).map_err(single)?;
    let part_of = |index: usize| {
        let at = open.indices.binary_search(&index).ok()?;
        part_at(division.as_ref()?, &open.weights, at)
    };
    let section_of = |key: &Key| -> Result<Option<Section>, Error> {
        let Ok(index) = weighed.binary_search_by_key(&key, |weighed| weighed.key) else { return Ok(None) };
        let Some(entry) = sources.entries.people.get(key) else { return Ok(None) };
        let weight = weighed.get(index).map(|weighed| weighed.weight).unwrap_or_default();
        section(request, &sources, &settlement, (entry, weight, index), part_of(index)).map(Some)
    };
    let sections = keys.iter().map(|key| Ok(section_of(key)?.into_iter().collect()));
    sections.collect::<Result<_, Error>>().map_err(single)
}

/// The section of a recipient with their rows, their weight and its place among the weights.
fn section(
    request: &Request<'_>,
    sources: &Sources,
    settlement: &Settlement,
    (entry, weight, index): (&Entry, Weight, usize),
    part: Option<Part>,
) -> Result<Section, Error> {
    let lines = lines_of(entry, sources)?;
    let (cap, floor) = sources.cap_and_floor();
    let section = |header, basis| Section::new(&sources.rule.reward, "weight", header, basis);
    let section = match settlement.limits.get(index).copied().flatten() {
        Some(Limit::Cap) => section(vec!["limit"], Basis::Amounts).with_rows([settled("cap", cap)]),
        Some(Limit::Floor) => section(vec!["limit"], Basis::Amounts).with_rows([settled("floor", floor)]),
        None => {
            let rows = lines.iter().map(|(cells, _, weight)| (cells.clone(), *weight));
            section(vec!["row"], Basis::Weights { unit: "weight", scale: DECIMALS, part }).with_rows(rows)
        }
    };
    let section = section.with_details(terms_table(sources, entry, &lines));
    let section = match passes_table(sources, settlement, weight, request) {
        Some(passes) => section.with_details(passes),
        None => section,
    };
    let note = format!("the pool is {}", request.tokens(sources.pool));
    let left = (settlement.left != sources.pool)
        .then(|| format!("behind cap and floor {} are left for the others", request.tokens(settlement.left)));
    Ok(section.with_notes([note]).with_notes(left))
}

/// The row of who gets the cap or the floor.
fn settled(limit: &str, amount: Amount) -> (Vec<String>, Weight) {
    (vec![limit.to_owned()], Weight::from(amount.units()))
}

/// What a weight is made of: where it stands, the terms, and the weight.
type Weighing = (Vec<String>, Vec<Weight>, Weight);

/// The rows with their weights; where values are added first, all rows as one.
fn lines_of(entry: &Entry, sources: &Sources) -> Result<Vec<Weighing>, Error> {
    let rule = &sources.rule;
    let weigh = |line: &Line, what: String| -> Result<Weighing, Error> {
        let terms = terms_of(line, rule)?;
        let weight = combined(&terms, rule, &line.place)?;
        Ok((vec![what], terms, weight))
    };
    match rule.rows {
        Rows::Add if entry.lines.len() > 1 => {
            Ok(vec![weigh(&added(entry, rule)?, format!("{} rows added", entry.lines.len()))?])
        }
        _ => entry.lines.iter().map(|line| weigh(line, line.place.to_string())).collect(),
    }
}

/// Values and terms of each row, and of all where they are added.
fn terms_table(sources: &Sources, entry: &Entry, lines: &[Weighing]) -> Details {
    let rule = &sources.rule;
    let values = rule.values.iter().map(|column| Shown::from(&column.name).to_string());
    let terms = rule.terms.iter().zip(1..).map(|(term, number)| term.title(number));
    let header: Vec<String> = ["row".to_owned()].into_iter().chain(values).chain(terms).collect();
    let text = |weight: Weight| scaled_text(weight, DECIMALS);
    let value_cells = |line: &Line| -> Vec<String> {
        line.values.iter().map(|value| value.map_or_else(String::new, text)).collect()
    };
    let mut rows: Vec<Vec<String>> =
        entry.lines.iter().map(|line| [vec![line.place.to_string()], value_cells(line)].concat()).collect();
    if lines.len() < rows.len() {
        // The sums of the values are those that the terms were made of, and fit.
        rows.extend(
            added(entry, rule).ok().map(|total| [vec!["added".to_owned()], value_cells(&total)].concat()),
        );
    }
    let first = rows.len().saturating_sub(lines.len());
    for (row, (_, terms, _)) in rows.iter_mut().skip(first).zip(lines) {
        row.extend(terms.iter().copied().map(text));
    }
    for row in &mut rows {
        row.resize(header.len(), String::new());
    }
    Details { title: "values and terms".to_owned(), header, rows }
}

/// The passes of cap and floor up to the one that settles the weight.
fn passes_table(
    sources: &Sources,
    settlement: &Settlement,
    weight: Weight,
    request: &Request<'_>,
) -> Option<Details> {
    if settlement.passes.is_empty() || weight.is_zero() {
        return None;
    }
    let ((cap, floor), decimals) = (sources.cap_and_floor(), request.decimals());
    let mut rows = Vec::new();
    for (pass, number) in settlement.passes.iter().zip(1..) {
        let settles = pass.settles(weight, cap, floor);
        let (limit, bound) = match pass.limit {
            Limit::Cap => ("cap", cap),
            Limit::Floor => ("floor", floor),
        };
        rows.push(vec![
            number.to_string(),
            pass.left.to_text(decimals),
            Fraction::of_pool(pass.left, weight, pass.sum, decimals).decimal_text(decimals),
            format!("{limit} {}", bound.to_text(decimals)),
            pass.count.to_string(),
            if settles { "yes" } else { "" }.to_owned(),
        ]);
        if settles {
            break;
        }
    }
    let header = ["pass", "shared", "own share", "settles at", "recipients", "this one"];
    Some(Details::new("passes of cap and floor", &header, rows))
}
