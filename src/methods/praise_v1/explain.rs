//! Why somebody got what they got of praise: every praise with its score, the slots, the board.

use super::quantifiers::Quantifier;
use super::{Input, POOL_DECIMALS, Pool, pools_of, read_sources, receiver_key, scale_of};
use crate::amount::{Amount, Decimal, Part, Weight};
use crate::error::Error;
use crate::methods::Request;
use crate::methods::explanation::{Basis, Section, cell};
use crate::recipient::Key;

/// The sections of a recipient: one for each reward that the key has a part in.
pub(in crate::methods) fn explain(request: &Request<'_>, key: &Key) -> Result<Vec<Section>, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read_sources(request, &mut problems) else { return Err(problems) };
    let (input, quantifiers) = sources.rows(request, problems)?;
    let pools = pools_of(&input, &quantifiers, request).map_err(|error| vec![error])?;
    let mut sections = Vec::new();
    for (pool, share) in pools.iter().zip(input.shares).filter(|(pool, _)| pool.weights.contains_key(key)) {
        let part = request.part(pool.reward, pool.amount, &pool.weights, key, &input.table_place);
        let part = part.map_err(|error| vec![error])?;
        let section = match pool.reward {
            "praise" => praised(&input, key, part),
            "quantifier" => quantified(quantifiers.values(), key, part),
            _ => on_the_board(&input, part),
        };
        sections.push(section.with_first_note(about_pool(&input, pool, share, request)));
    }
    Ok(sections)
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
fn praised(input: &Input<'_>, key: &Key, part: Option<Part>) -> Section {
    let scale = scale_of(&input.praises);
    let own = input.praises.iter().filter(|praise| receiver_key(praise) == *key);
    let rows = own.map(|praise| {
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
