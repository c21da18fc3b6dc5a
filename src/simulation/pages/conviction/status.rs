//! Proposals and funds by status over time, and how close candidates come to what they need.

use super::super::super::summary::quantiles;
use super::super::pieces::{
    self, Said, axes, band, chart, flat, numbers, percent, places, statistics, value,
};
use super::super::text;
use super::{Drawn, STATUSES, details, share_of_trigger};
use crate::error::Problems;
use crate::report::chart::{Data, Value};
use crate::report::page::Block;

/// The variables with the number of proposals of each status, in the order of [`STATUSES`].
const COUNTS: [&str; 5] = ["candidates", "active", "completed", "failed", "killed"];

/// Shares above this are drawn as this: one candidate far above what it needs would flatten all others.
const DRAWN_MOST: f64 = 1.5;

/// How many proposals have which status: means over the runs, which add up to all proposals.
pub fn proposals(drawn: &Drawn<'_, '_>) -> Result<Option<Block>, Problems> {
    let areas = stacked(drawn, &COUNTS.map(str::to_owned));
    let said = Said {
        name: drawn.name("proposals"),
        title: drawn.title("Proposals by status"),
        description: format!("{} At the end: {}.", averaged(drawn), last(&areas)),
    };
    let at = numbers(&times(drawn));
    chart(said, axes("proposals"), Data::Areas { at, areas, lines: Vec::new() })
}

/// How much the proposals of each status ask for, and the funds that there are.
pub fn funds(drawn: &Drawn<'_, '_>) -> Result<Option<Block>, Problems> {
    let areas = stacked(drawn, &STATUSES.map(|status| format!("requested_{status}")));
    let times = times(drawn);
    let common: Vec<Option<Value>> = drawn.scene.variable("funds").map_or_else(Vec::new, |funds| {
        let means = statistics(drawn.set, &times, funds).into_iter();
        means.map(|of| value(of?.mean)).collect()
    });
    let held = common.iter().rev().flatten().next().map(|value| value.text.clone()).unwrap_or_default();
    let said = Said {
        name: drawn.name("funds"),
        title: drawn.title("Funds by status"),
        description: format!(
            "Funds that proposals ask for or got, by their status, and as a line the common funds that are there. \
             {} At the end the common funds are {held}; asked for: {}.",
            averaged(drawn),
            last(&areas)
        ),
    };
    let lines = vec![("common funds".to_owned(), common)];
    chart(said, axes("funds"), Data::Areas { at: numbers(&times), areas, lines })
}

/// How much of the conviction that they need candidates have, in the first run.
pub fn shares(drawn: &Drawn<'_, '_>) -> Result<Option<Block>, Problems> {
    let Some(first) = drawn.set.first else { return Ok(None) };
    let places = places(first.details.len());
    let of_timestep = |timestep: &usize| -> Option<[f64; 3]> {
        let candidates = details(first, *timestep).into_iter().filter(|detail| detail.status == STATUSES[0]);
        let mut shares: Vec<f64> =
            candidates.filter_map(|detail| share_of_trigger(detail.conviction, detail.trigger)).collect();
        (!shares.is_empty()).then(|| quantiles(&mut shares))
    };
    let found: Vec<Option<[f64; 3]>> = places.iter().map(of_timestep).collect();
    let highest = found.iter().flatten().map(|[_, _, high]| *high).fold(f64::NEG_INFINITY, f64::max);
    if highest < 0.0 {
        return Ok(None);
    }
    let shares = found.into_iter().map(|quantiles| band(quantiles?, capped)).collect();
    let needed = places.iter().map(|_| percent(1.0).map(flat)).collect();
    let said = Said {
        name: drawn.name("shares"),
        title: drawn.title("Conviction of candidates against what they need"),
        description: format!(
            "A proposal passes when its conviction is above 100 % of what it needs. The line is the median of the \
             candidates in the first run, the shaded area goes from their quantile of 5 % to that of 95 %, which \
             reaches {} at the most{}.",
            text::percent(highest),
            if highest > DRAWN_MOST { "; above 150 % the drawing is cut" } else { "" },
        ),
    };
    let bands = vec![("candidates".to_owned(), shares), ("needed".to_owned(), needed)];
    chart(said, axes("% of the conviction needed"), Data::Bands { at: numbers(&places), bands })
}

/// A share in percent, drawn no higher than [`DRAWN_MOST`].
fn capped(share: f64) -> Option<Value> {
    Some(Value { number: share.min(DRAWN_MOST) * 100.0, text: text::percent(share) })
}

/// The timesteps that are drawn of a set.
fn times(drawn: &Drawn<'_, '_>) -> Vec<usize> {
    places(pieces::timesteps(&[drawn.set]))
}

/// The means of variables, one for each status; those that are not there or no numbers are left out.
fn stacked(drawn: &Drawn<'_, '_>, variables: &[String; 5]) -> Vec<(String, Vec<Value>)> {
    let times = times(drawn);
    let area = |(status, variable): (&str, &String)| {
        let means = statistics(drawn.set, &times, drawn.scene.variable(variable)?).into_iter();
        let values: Option<Vec<Value>> = means.map(|of| value(of?.mean)).collect();
        Some((status.to_owned(), values?))
    };
    STATUSES.into_iter().zip(variables).filter_map(area).collect()
}

/// The last value of each area, as a list.
fn last(areas: &[(String, Vec<Value>)]) -> String {
    let told = |(status, values): &(String, Vec<Value>)| Some(format!("{status} {}", values.last()?.text));
    let all: Vec<String> = areas.iter().filter_map(told).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

fn averaged(drawn: &Drawn<'_, '_>) -> String {
    match drawn.scene.plan().runs {
        1 => "The figures are of one run.".to_owned(),
        runs => format!("The figures are averages of {}.", text::runs(runs)),
    }
}
