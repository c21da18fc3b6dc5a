//! Why somebody got what they got of praise: every praise with its score, the slots, the board.

use std::collections::BTreeMap;

use super::quantifiers::Quantifier;
use super::table::Praise;
use super::{Input, POOL_DECIMALS, Pool, pools_of, read_sources, receiver_key, scale_of};
use crate::amount::{Amount, Decimal, Part, Weight};
use crate::error::Error;
use crate::methods::Request;
use crate::methods::explanation::{Basis, Divided, Section, cell};
use crate::recipient::Key;

/// The sections of each recipient: one for each reward that the key has a part in.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read_sources(request, &mut problems) else { return Err(problems) };
    let (input, quantifiers) = sources.rows(request, problems)?;
    let single = |error| vec![error];
    let pools = pools_of(&input, &quantifiers, request).map_err(single)?;
    let divided = pools.iter().map(|pool| divided(pool, &input, request));
    let divided = divided.collect::<Result<Vec<Divided<'_>>, Error>>().map_err(single)?;
    let received = by_receiver(&input);
    let sections_of = |key: &Key| -> Vec<Section> {
        let own = pools.iter().zip(input.shares).zip(&divided);
        let own = own.filter(|((pool, _), _)| pool.weights.contains_key(key));
        let section = |((pool, share), divided): ((&Pool, Decimal), &Divided<'_>)| {
            let part = divided.part(key);
            let section = match pool.reward {
                "praise" => praised(&input, received.get(key).map_or(&[], Vec::as_slice), part),
                "quantifier" => quantified(quantifiers.values(), key, part),
                _ => on_the_board(&input, part),
            };
            section.with_first_note(about_pool(&input, pool, share, request))
        };
        own.map(section).collect()
    };
    Ok(keys.iter().map(sections_of).collect())
}

/// The pool of a reward, divided.
fn divided<'pool>(
    pool: &'pool Pool,
    input: &Input<'_>,
    request: &Request<'_>,
) -> Result<Divided<'pool>, Error> {
    request.divided(pool.reward, pool.amount, &pool.weights, &input.table_place)
}

/// The praises that each key received, in the order of the table.
fn by_receiver<'a, 'input>(input: &'a Input<'input>) -> BTreeMap<Key, Vec<&'a Praise<'input>>> {
    let mut received: BTreeMap<Key, Vec<&Praise<'_>>> = BTreeMap::new();
    for praise in &input.praises {
        received.entry(receiver_key(praise)).or_default().push(praise);
    }
    received
}

/// What the pool of a reward is.
fn about_pool(input: &Input<'_>, pool: &Pool, share: Decimal, request: &Request<'_>) -> String {
    let (declared, rows) = (request.tokens(input.declared), input.praises.len());
    let brought_in = match input.brought_in {
        Amount::ZERO => String::new(),
        amount => format!(" + {} brought in", request.tokens(amount)),
    };
    let of = match input.cutoff {
        Some(cutoff) if (rows as u64) < cutoff => {
            format!("{declared} x {rows} praises / {cutoff} (the cutoff)")
        }
        _ => declared,
    };
    let decimals = request.decimals().min(POOL_DECIMALS);
    format!(
        "the pool is {share} of {of}{brought_in}, rounded down at {decimals} decimals: {}",
        request.tokens(pool.amount)
    )
}

/// Every praise that was received.
fn praised(input: &Input<'_>, own: &[&Praise<'_>], part: Option<Part>) -> Section {
    let scale = scale_of(&input.praises);
    let rows = own.iter().map(|praise| {
        let cells = vec![praise.place.to_string(), cell(praise.id)];
        (cells, praise.average.scaled(scale).unwrap_or_default()) // scaled before, for the weights
    });
    let rows: Vec<_> = rows.collect();
    let note = format!(
        "{} of {} praises were received here; AVG SCORE is the score",
        rows.len(),
        input.praises.len()
    );
    Section::new(
        "praise",
        "praise received",
        vec!["row", "praise"],
        Basis::Weights { unit: "score", scale, part },
    )
    .with_notes([note])
    .with_rows(rows)
}

/// The slots that were scored, by the names under which they were.
fn quantified<'a>(
    quantifiers: impl Iterator<Item = &'a Quantifier<'a>>,
    key: &Key,
    part: Option<Part>,
) -> Section {
    let own = quantifiers.filter(|quantifier| quantifier.took_part && quantifier.key() == *key);
    let rows = own.map(|quantifier| {
        let cells = vec![cell(quantifier.name), quantifier.unscored.to_string()];
        (cells, Weight::from(quantifier.count))
    });
    let note = "each slot counts one, unless it was found to be a duplicate".to_owned();
    let basis = Basis::Weights { unit: "slots", scale: 0, part };
    Section::new("quantifier", "praise scored", vec!["quantifier", "of them without a score"], basis)
        .with_notes([note])
        .with_rows(rows)
}

/// The seat on the reward board.
fn on_the_board(input: &Input<'_>, part: Option<Part>) -> Section {
    let note = format!("equal parts; addresses on the board: {}", input.board.len());
    let basis = Basis::Weights { unit: "seats", scale: 0, part };
    Section::new("rewardboard", "seat on the reward board", Vec::new(), basis)
        .with_notes([note])
        .with_rows([(Vec::new(), Weight::from(1_u8))])
}
