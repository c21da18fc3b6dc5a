//! Figures of `work`: tokens and treasury in one chart.

use super::pieces::{self, Said, axes, chart, course, numbers, places, timesteps};
use super::{Scene, text};
use crate::error::Problems;
use crate::report::chart::{Band, Data};
use crate::report::page::Section;

/// Of the range of the chart, the part below which two lines are one to the eye.
const APART_LEAST: f64 = 0.01;

/// The lines of the chart: the variable and what it is called.
const LINES: [(&str, &str); 3] = [
    ("tokens", "all tokens"),
    ("community_treasury", "community treasury"),
    ("contributors_token_balance", "earned by contributors"),
];

/// The section.
pub fn sections(scene: &Scene<'_>) -> Result<Vec<Section>, Problems> {
    let drawn = pieces::drawn(scene);
    let mut blocks: Vec<_> = pieces::left_out(scene, &drawn).into_iter().collect();
    for (number, set) in drawn.iter().enumerate() {
        let places = places(timesteps(&[set]));
        let line = |(variable, name): (&str, &str)| {
            Some((name.to_owned(), course(set, &places, scene.variable(variable)?)))
        };
        let mut bands: Vec<_> = LINES.into_iter().filter_map(line).collect();
        // The line of the treasury would hide that of all tokens.
        let is_hidden = matches!(bands.as_slice(), [all, treasury, ..] if are_one(&all.1, &treasury.1));
        if is_hidden {
            bands.remove(1);
        }
        let last = |index: usize| {
            let name = LINES.get(index).map(|(variable, _)| *variable)?;
            let of = set.timesteps().last()?.get(scene.variable(name)?)?;
            Some(text::number(of.quantiles[1]))
        };
        let last = |index: usize| last(index).unwrap_or_else(|| "unknown".to_owned());
        let said = Said {
            name: format!("tokens.{}", number + 1),
            title: format!("Tokens and treasury{}", pieces::of_set(scene, set)),
            description: format!(
                "At the end there are {} tokens; {} of them stand in the community treasury{}. Contributors have \
                 earned {} ({}).",
                last(0),
                last(1),
                if is_hidden { ", whose line would lie on that of all tokens" } else { "" },
                last(2),
                if scene.plan().runs == 1 {
                    "one run".to_owned()
                } else {
                    format!("median of {}", text::runs(scene.plan().runs))
                },
            ),
        };
        blocks.extend(chart(said, axes("tokens"), Data::Bands { at: numbers(&places), bands })?);
    }
    Ok(vec![Section::new("tokens", "Tokens and treasury", blocks)])
}

/// Whether two lines cannot be told apart.
fn are_one(left: &[Option<Band>], right: &[Option<Band>]) -> bool {
    let pairs = || left.iter().flatten().zip(right.iter().flatten());
    let most = pairs().map(|(left, right)| left.high.number.max(right.high.number)).fold(0.0, f64::max);
    pairs().all(|(left, right)| (left.middle.number - right.middle.number).abs() <= most * APART_LEAST)
}
