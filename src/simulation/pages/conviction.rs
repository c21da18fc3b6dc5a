//! Figures of `conviction`: proposals and funds by status, conviction against what is needed, holdings,
//! affinity, who supports what, and the proposals at the end.

mod proposals;
mod status;

use super::super::FirstRun;
use super::super::engine::Cell;
use super::super::models::conviction::{Ending, EndingProposal};
use super::super::models::{Ending as AnyEnding, ModelId};
use super::{Scene, Set, pieces};
use crate::error::Problems;
use crate::report::page::{Block, Section};

/// The statuses of proposals, in the order of their lives.
const STATUSES: [&str; 5] = ["candidate", "active", "completed", "failed", "killed"];

/// A set that is drawn.
struct Drawn<'s, 'a> {
    scene: &'s Scene<'a>,
    set: &'s Set<'a>,
    /// Its number in the names of charts, from 1.
    number: usize,
}

/// The sections.
pub fn sections(scene: &Scene<'_>) -> Result<Vec<Section>, Problems> {
    let sets = pieces::drawn(scene);
    let (mut over_time, mut at_the_end) = (Vec::new(), Vec::new());
    over_time.extend(pieces::left_out(scene, &sets));
    at_the_end.push(Block::text(
        "These figures are of the first run of a set of parameters, at its last timestep.",
    ));
    at_the_end.extend(pieces::left_out(scene, &sets));
    for (set, number) in sets.iter().copied().zip(1..) {
        let drawn = Drawn { scene, set, number };
        over_time.extend(status::proposals(&drawn)?);
        over_time.extend(status::funds(&drawn)?);
        over_time.extend(status::shares(&drawn)?);
        if let Some(ending) = set.first.and_then(ending) {
            at_the_end.extend(proposals::holdings(&drawn, ending)?);
            at_the_end.extend(proposals::affinities(&drawn, ending)?);
            at_the_end.extend(proposals::network(&drawn, ending)?);
            at_the_end.extend(proposals::table(&drawn, ending));
        }
    }
    let mut sections = Vec::new();
    if !sets.is_empty() {
        sections.push(Section::new("proposals", "Proposals and funds", over_time));
        sections.push(Section::new("people", "People and proposals at the end", at_the_end));
    }
    Ok(sections)
}

/// Whether a variable has its place in another chart than that of its course.
pub fn is_left_out(variable: &str) -> bool {
    variable.starts_with("requested_")
}

fn ending(first: &FirstRun) -> Option<&Ending> {
    match first.ending.as_ref()? {
        AnyEnding::Conviction(ending) => Some(ending),
        _ => None,
    }
}

impl Drawn<'_, '_> {
    /// The name of a chart.
    fn name(&self, what: &str) -> String {
        format!("{what}.{}", self.number)
    }

    /// The title of a chart.
    fn title(&self, what: &str) -> String {
        format!("{what}{}", pieces::of_set(self.scene, self.set))
    }
}

/// A row of the details: a proposal at a timestep.
struct Detail {
    status: &'static str,
    conviction: f64,
    trigger: f64,
}

/// The proposals of the first run at a timestep.
fn details(first: &FirstRun, timestep: usize) -> Vec<Detail> {
    let columns = ModelId::Conviction.details().map_or(&[][..], |(_, columns)| columns);
    let place = |name: &str| columns.iter().position(|column| *column == name);
    let (Some(status), Some(conviction), Some(trigger)) =
        (place("status"), place("conviction"), place("trigger"))
    else {
        return Vec::new();
    };
    let detail = |row: &Vec<Cell>| {
        let real = |place: usize| match row.get(place) {
            Some(Cell::Real(number)) => *number,
            _ => f64::NAN,
        };
        let status = match row.get(status) {
            Some(Cell::Word(status)) => status,
            _ => "",
        };
        Detail { status, conviction: real(conviction), trigger: real(trigger) }
    };
    first.details.get(timestep).map_or_else(Vec::new, |rows| rows.iter().map(detail).collect())
}

/// How much of the conviction that it needs a proposal has; none where it needs none, and nothing where no
/// conviction is enough.
fn share_of_trigger(conviction: f64, trigger: f64) -> Option<f64> {
    let share = conviction / trigger;
    (share.is_finite() && share >= 0.0).then_some(share)
}

impl EndingProposal {
    /// How many participants have tokens on it.
    fn supporters(&self) -> usize {
        self.support.iter().filter(|[_, tokens, _]| *tokens > 0.0).count()
    }

    /// The tokens on it.
    fn tokens(&self) -> f64 {
        self.support.iter().map(|[_, tokens, _]| *tokens).filter(|tokens| *tokens > 0.0).sum()
    }
}
