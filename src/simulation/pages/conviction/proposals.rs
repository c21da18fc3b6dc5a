//! The last state of the first run: who holds how much, who likes and supports what, and how each proposal
//! ended.

use super::super::pieces::{Said, chart, value};
use super::super::text;
use super::{Drawn, Ending, EndingProposal, STATUSES, share_of_trigger};
use crate::error::Problems;
use crate::report::chart::{Axes, Data, Value};
use crate::report::page::{Block, Table};
use crate::report::text::counted;

/// Most bars of the histogram.
const BARS_MOST: usize = 12;
/// Most participants of the heat map: those with the largest holdings.
const ROWS_MOST: usize = 30;
/// Most proposals of the heat map: the newest.
const COLUMNS_MOST: usize = 20;
/// Most proposals of the table: the newest.
const LISTED_MOST: usize = 100;

/// Participants by their holdings.
pub fn holdings(drawn: &Drawn<'_, '_>, ending: &Ending) -> Result<Option<Block>, Problems> {
    let held =
        || ending.participants.iter().map(|(_, holdings)| *holdings).filter(|held| value(*held).is_some());
    let (count, most) = (held().count(), held().fold(0.0, f64::max));
    if count == 0 || most <= 0.0 {
        return Ok(None);
    }
    // The largest falls into the last bar, not beside it.
    let width = width_of(most * 1.000_001 / BARS_MOST as f64);
    let bars = (0..BARS_MOST).map(|bar| (bar as f64 * width, (bar + 1) as f64 * width));
    let bin = |(low, high): (f64, f64)| {
        let count = held().filter(|held| (low..high).contains(held)).count();
        let told = counted(count, "participant", "participants");
        (low, high, Value { number: count as f64, text: told })
    };
    let bins = bars.filter(|(low, _)| *low <= most).map(bin).collect();
    let said = Said {
        name: drawn.name("holdings"),
        title: drawn.title("Holdings of participants"),
        description: format!(
            "{} hold {} tokens together. The most that one of them holds is {}.",
            counted(count, "participant", "participants"),
            text::number(held().sum()),
            text::number(most)
        ),
    };
    chart(said, axes("tokens", "participants"), Data::Histogram(bins))
}

/// A round number, one, two or five times a power of ten, that is not below `least`.
fn width_of(least: f64) -> f64 {
    let mut power = 1.0;
    while power > least && power > 1e-300 {
        power /= 10.0;
    }
    while power * 10.0 <= least {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|width| *width >= least)
        .unwrap_or(power * 10.0)
}

/// How much participants like proposals.
pub fn affinities(drawn: &Drawn<'_, '_>, ending: &Ending) -> Result<Option<Block>, Problems> {
    let mut people: Vec<(usize, u64, f64)> = ending
        .participants
        .iter()
        .enumerate()
        .map(|(place, (id, holdings))| (place, *id, *holdings))
        .collect();
    people.sort_by(|left, right| right.2.total_cmp(&left.2).then(left.1.cmp(&right.1)));
    people.truncate(ROWS_MOST);
    let newest = newest(ending, COLUMNS_MOST);
    let cell = |proposal: &EndingProposal, place: usize| {
        proposal.support.get(place).and_then(|[affinity, ..]| value(*affinity))
    };
    let cells =
        people.iter().map(|(place, ..)| newest.iter().map(|proposal| cell(proposal, *place)).collect());
    let mut description =
        "The darker a cell, the more a participant (row) likes a proposal (column): from 0, not \
                           at all, to 1, fully."
            .to_owned();
    if ending.participants.len() > people.len() {
        let all = ending.participants.len();
        description.push_str(&format!(" Of {all} participants the {ROWS_MOST} with the largest holdings."));
    }
    if ending.proposals.len() > newest.len() {
        description.push_str(&format!(" Of {} proposals the newest {COLUMNS_MOST}.", ending.proposals.len()));
    }
    let said =
        Said { name: drawn.name("affinity"), title: drawn.title("Who likes which proposal"), description };
    let data = Data::HeatMap {
        rows: people.iter().map(|(_, id, _)| format!("participant {id}")).collect(),
        columns: newest.iter().map(|proposal| proposal.id.to_string()).collect(),
        cells: cells.collect(),
        range: (0.0, 1.0),
    };
    chart(said, axes("proposal", "participant"), data)
}

/// Whose tokens stand behind which proposal.
pub fn network(drawn: &Drawn<'_, '_>, ending: &Ending) -> Result<Option<Block>, Problems> {
    let mut edges: Vec<(u64, u64, f64)> = Vec::new();
    for proposal in &ending.proposals {
        let support = ending.participants.iter().zip(&proposal.support);
        let tokens = support.map(|((id, _), [_, tokens, _])| (*id, proposal.id, *tokens));
        edges.extend(tokens.filter(|(_, _, tokens)| *tokens > 0.0 && value(*tokens).is_some()));
    }
    let from = by_tokens(edges.iter().map(|(participant, _, tokens)| (*participant, *tokens)));
    let to = by_tokens(edges.iter().map(|(_, proposal, tokens)| (*proposal, *tokens)));
    let place = |ids: &[u64], id: u64| ids.iter().position(|other| *other == id);
    let links = edges.iter().filter_map(|(participant, proposal, tokens)| {
        Some((place(&from, *participant)?, place(&to, *proposal)?, value(*tokens)?))
    });
    let links: Vec<_> = links.collect();
    let said = Said {
        name: drawn.name("network"),
        title: drawn.title("Who supports which proposal"),
        description: format!(
            "Participants on the left, proposals on the right; the wider a link, the more tokens. {} support {}.",
            counted(from.len(), "participant", "participants"),
            counted(to.len(), "proposal", "proposals")
        ),
    };
    let data = Data::Flow {
        from: from.iter().map(|id| format!("participant {id}")).collect(),
        to: to.iter().map(|id| format!("proposal {id}")).collect(),
        links,
    };
    chart(said, axes("tokens", ""), data)
}

/// Ids by the tokens that stand with them, the most first.
fn by_tokens(edges: impl Iterator<Item = (u64, f64)>) -> Vec<u64> {
    let mut sums = std::collections::BTreeMap::<u64, f64>::new();
    edges.for_each(|(id, tokens)| *sums.entry(id).or_default() += tokens);
    let mut sorted: Vec<(u64, f64)> = sums.into_iter().collect();
    sorted.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    sorted.into_iter().map(|(id, _)| id).collect()
}

/// The proposals at the end.
pub fn table(drawn: &Drawn<'_, '_>, ending: &Ending) -> Option<Block> {
    let row = |proposal: &&EndingProposal| {
        let is_candidate = proposal.status == STATUSES[0];
        let share = share_of_trigger(proposal.conviction, proposal.trigger).filter(|_| is_candidate);
        vec![
            proposal.id.to_string(),
            proposal.status.to_owned(),
            text::number(proposal.requested),
            text::number(proposal.conviction),
            text::number(proposal.trigger),
            share.map(text::percent).unwrap_or_default(),
            proposal.supporters().to_string(),
            text::number(proposal.tokens()),
        ]
    };
    let rows = newest(ending, LISTED_MOST).iter().map(row).collect();
    let titles = [
        "#Proposal",
        "Status",
        "#Funds asked for",
        "#Conviction",
        "#Conviction needed",
        "#Of that",
        "#Supporters",
        "#Their tokens",
    ];
    let mut caption = drawn.title("Proposals at the end of the first run");
    if ending.proposals.len() > LISTED_MOST {
        caption.push_str(&format!(", the newest {LISTED_MOST} of {}", ending.proposals.len()));
    }
    let mut table = Table::new(&format!("proposals-{}", drawn.number), &format!("{caption}."), &titles, rows);
    table.interactive = true;
    (!ending.proposals.is_empty()).then_some(Block::Table(table))
}

/// The newest proposals, in the order of their ids.
fn newest(ending: &Ending, most: usize) -> Vec<&EndingProposal> {
    let skipped = ending.proposals.len().saturating_sub(most);
    ending.proposals.iter().skip(skipped).collect()
}

fn axes(x: &str, y: &str) -> Axes {
    Axes { x: x.to_owned(), y: y.to_owned(), ..Axes::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_round_widths() {
        for (least, width) in [(0.3, 0.5), (1.0, 1.0), (1.1, 2.0), (2_400.0, 5_000.0), (600.0, 1_000.0)] {
            assert!((width_of(least) - width).abs() < width * 1e-12, "{least}: {}", width_of(least));
        }
    }
}
