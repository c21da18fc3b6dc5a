//! Figures of `work`: tokens and treasury in one chart.

use super::pieces::{self, Said, axes, chart, course, numbers, places, timesteps};
use super::{Scene, text};
use crate::error::Problems;
use crate::report::chart::Data;
use crate::report::page::Section;

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
        let bands: Vec<_> = LINES.into_iter().filter_map(line).collect();
        let last = |index: usize| {
            let band = bands.get(index).and_then(|(_, values)| values.iter().rev().flatten().next());
            band.map_or_else(String::new, |band| band.middle.text.clone())
        };
        let said = Said {
            name: format!("tokens.{}", number + 1),
            title: format!("Tokens and treasury{}", pieces::of_set(scene, set)),
            description: format!(
                "At the end there are {} tokens; {} of them stand in the community treasury. Contributors have \
                 earned {} ({}).",
                last(0),
                last(1),
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
