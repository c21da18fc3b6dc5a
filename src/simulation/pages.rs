//! The pages of a simulation: what members read before they vote. report.html, report.md, charts.
//!
//! Everything is a pure function of the [`Material`], byte for byte. What stands in a page is decided
//! here and in the files below, one for each part of a page and one for each model with figures of its
//! own; how it looks is decided in `templates/`, as for rounds.

mod conviction;
mod course;
mod ending;
mod pieces;
mod policy;
mod setup;
mod text;
mod work;

use std::collections::BTreeMap;

use serde::Serialize;

use super::engine::Variable;
use super::models::ModelId;
use super::plan::{Plan, Subset};
use super::summary::{Statistics, Summary};
use super::{FirstRun, Outcome};
use crate::error::Problems;
use crate::files::Files;
use crate::report::page::{Block, Section};
use crate::report::render;
use crate::statement::REPORT_FOLDER;

/// The templates of the pages, with the files of the report that they become.
const PAGES: [(&str, &str); 2] = [("simulation.html", "report.html"), ("simulation.md", "report.md")];

/// What the pages of a simulation are made from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The simulation's name: its folder, or the file that stands for it.
    pub name: &'a str,
    /// The community's name; empty outside a ledger.
    pub ledger: &'a str,
    /// What was run.
    pub plan: &'a Plan,
    /// What it came to.
    pub outcome: &'a Outcome,
    /// The ledger's own templates.
    pub files: &'a Files,
}

/// The page of a simulation: what templates see.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// The community's name; empty outside a ledger.
    pub ledger: String,
    /// The simulation's name.
    pub name: String,
    /// What was run, in one sentence.
    pub summary: String,
    /// The command that runs it again.
    pub command: String,
    /// The sections in their order.
    pub sections: Vec<Section>,
}

/// The pages of a simulation and their charts, by their names in the results folder.
///
/// Errors: a template of the ledger that cannot be used, a chart that is too large.
pub fn write(material: &Material<'_>) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    let page = page(material)?;
    let title =
        if page.ledger.is_empty() { page.name.clone() } else { format!("{}: {}", page.ledger, page.name) };
    let mut files = render::written(&PAGES, &title, &page, material.files)?;
    let blocks = page.sections.iter().flat_map(|section| &section.blocks);
    for block in blocks {
        if let Block::Chart(chart) = block {
            files.insert(format!("{REPORT_FOLDER}{}", chart.file), chart.svg.clone().into_bytes());
        }
    }
    Ok(files)
}

/// What the page says, section by section.
fn page(material: &Material<'_>) -> Result<Page, Problems> {
    let scene = Scene::of(material);
    let mut sections = vec![setup::section(&scene), ending::section(&scene)];
    let (own, is_left_out) = own(&scene)?;
    sections.extend(own);
    sections.extend(course::section(&scene, is_left_out)?);
    sections.extend(ending::failures(&scene));
    let is_inside = !material.ledger.is_empty();
    let name = crate::report::text::name(material.name);
    Ok(Page {
        ledger: if is_inside { crate::report::text::name(material.ledger) } else { String::new() },
        summary: setup::summary(&scene),
        command: format!("meed simulate {}", if is_inside { name.as_str() } else { "FILE" }),
        name,
        sections,
    })
}

/// The figures of a model: its sections, and which variables they show well enough that their course is
/// left out.
type Own = (Vec<Section>, fn(&str) -> bool);

/// The figures that a model has besides those of all models.
fn own(scene: &Scene<'_>) -> Result<Own, Problems> {
    Ok(match scene.plan().model {
        ModelId::Conviction => (conviction::sections(scene)?, conviction::is_left_out),
        ModelId::Policy => (policy::sections(scene)?, |_| false),
        ModelId::Work => (work::sections(scene)?, |_| false),
    })
}

/// What all sections look at.
struct Scene<'a> {
    material: &'a Material<'a>,
    /// The columns of the rows.
    variables: &'static [Variable],
    /// The sets of parameters, in order.
    sets: Vec<Set<'a>>,
}

/// A set of parameters and what came of it.
#[derive(Debug, Clone)]
struct Set<'a> {
    subset: &'a Subset,
    /// How it is called: unique in the page, where it is not cut.
    label: String,
    /// Its summary; none where no run came to timestep 0.
    summary: Option<&'a Summary>,
    /// Its first run; none where that one failed in the beginning.
    first: Option<&'a FirstRun>,
}

impl<'a> Scene<'a> {
    fn of(material: &'a Material<'a>) -> Self {
        let Material { plan, outcome, .. } = material;
        let sets = plan.subsets.iter().enumerate().map(|(index, subset)| {
            let is_its =
                |simulation: u32, number: u32| (simulation, number) == (subset.simulation, subset.subset);
            Set {
                subset,
                label: text::label(index, subset, plan),
                summary: outcome.summaries.iter().find(|summary| is_its(summary.simulation, summary.subset)),
                first: outcome.first_runs.iter().find(|first| is_its(first.simulation, first.subset)),
            }
        });
        Self { material, variables: plan.model.variables(), sets: sets.collect() }
    }

    fn plan(&self) -> &'a Plan {
        self.material.plan
    }

    /// How the runs are told: `one run`, `100 runs`.
    fn runs(&self) -> String {
        text::runs(self.plan().runs)
    }

    /// The place of a variable in a row.
    fn variable(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|variable| variable.name == name)
    }
}

impl<'a> Set<'a> {
    /// The statistics of each timestep that a run came to.
    fn timesteps(&self) -> &'a [Vec<Statistics>] {
        self.summary.map_or(&[], |summary| &summary.timesteps)
    }
}
