//! A static site of the whole ledger: an index of the closed rounds, a page for each and for each member,
//! boards and trends across rounds, and how to check all of it.
//!
//! Pure, as the pages below it: everything comes from what a commit holds, so one commit gives one site,
//! byte for byte. The site is no part of the record; what it says beside the committed results can be
//! made again at any time.
//!
//! Nothing that a person chose becomes the name of a file: members' pages are called by an address, or
//! by the digest of a key. All links are relative, so the site works from a folder and from any host.

mod check;
mod directory;
mod index;
mod member;
mod members;
mod round;
mod trends;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;

pub use directory::{Directory, MEMBERS_LISTED_MOST, RECIPIENTS_MANY};

use crate::adjustments::Adjustment;
use crate::entries::people::Person;
use crate::error::{Error, Place, Problems, Shown};
use crate::explain::Explanation;
use crate::ledger::Ledger;
use crate::ledger::templates::path_of;
use crate::parallel;
use crate::payouts::books::BookedRound;
use crate::recipient::Key;
use crate::report::render::document::{Document, check_styles};
use crate::report::render::{CHART_STYLES, PAGE_SCRIPT, PAGE_STYLES, environment, rendered};
use crate::settlement::{Settlement, Standing};
use crate::statement::{Carry, Recorded};

/// The templates, by name.
const TEMPLATES: [(&str, &str); 9] = [
    ("blocks.html", include_str!("../templates/blocks.html")),
    ("site/base.html", include_str!("../templates/site/base.html")),
    ("site/check.html", include_str!("../templates/site/check.html")),
    ("site/index.html", include_str!("../templates/site/index.html")),
    ("site/member.html", include_str!("../templates/site/member.html")),
    ("site/members.html", include_str!("../templates/site/members.html")),
    ("site/pieces.html", include_str!("../templates/site/pieces.html")),
    ("site/round.html", include_str!("../templates/site/round.html")),
    ("site/trends.html", include_str!("../templates/site/trends.html")),
];
/// The files of a ledger's `templates/` that the site reads.
pub const TEMPLATE_NAMES: [&str; 10] = [
    "blocks.html",
    "page.css",
    "site/base.html",
    "site/check.html",
    "site/index.html",
    "site/member.html",
    "site/members.html",
    "site/pieces.html",
    "site/round.html",
    "site/trends.html",
];
/// What the site's pages look like beside the reports.
const SITE_STYLES: &str = include_str!("../templates/site/site.css");
/// The search.
const SITE_SCRIPT: &str = include_str!("../templates/site/site.js");

/// What a site is made from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The commit that was read.
    pub commit: &'a str,
    /// The closed rounds, in the order of the chain.
    pub rounds: &'a [Round<'a>],
    /// Everybody who got something; the places of their entries are those of `rounds`.
    pub people: &'a [Person],
    /// The state after the last round.
    pub carry: &'a Carry,
    /// The ledger's own templates, which win over the built-in ones, by name ([`TEMPLATE_NAMES`]).
    pub templates: &'a BTreeMap<String, String>,
}

/// A closed round.
#[derive(Debug, Clone)]
pub struct Round<'a> {
    /// Its statement.
    pub recorded: &'a Recorded,
    /// Who got what.
    pub booked: &'a BookedRound,
    /// The closing commit; empty where the history does not show it.
    pub commit: String,
    /// Of an amendment: what it changes, person by person.
    pub adjustments: Vec<Adjustment>,
    /// Of an amendment: why it was made, as people wrote it.
    pub reason: Option<String>,
    /// What is owed, settled and open.
    pub standing: Standing,
    /// The settlements, in their order.
    pub settlements: Vec<Settlement>,
    /// What its verification came to, where it was asked for.
    pub verified: Option<String>,
    /// How the amounts came about.
    pub explained: Explained,
    /// Files of the results that are too large for the site.
    pub left_out: BTreeSet<String>,
}

/// How the amounts of a round came about.
#[derive(Debug, Clone, Default)]
pub struct Explained {
    /// By recipient key, of those who have a page.
    pub by_key: BTreeMap<Key, Explanation>,
    /// Why the inputs could not be read again, where they could not.
    pub problem: Option<String>,
}

/// A page before it is laid out.
struct PageJob<'a> {
    /// The path of the file.
    path: String,
    title: String,
    template: &'static str,
    context: Box<dyn Fn() -> Result<Value, Error> + Sync + Send + 'a>,
}

/// The pages of the site, by their paths. Charts that cannot be drawn and templates that break are
/// errors, all of them at once.
pub fn write(material: Material<'_>) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    let directory = Directory::new(material);
    let environment = templates(material)?;
    let mut jobs = vec![
        job("index.html", "Rounds", "site/index.html", || index::page(&directory)),
        job("members.html", "Members", "site/members.html", || members::page(&directory)),
        job("trends.html", "Trends", "site/trends.html", || trends::page(&directory)),
        job("check.html", "Check it yourself", "site/check.html", || Ok(check::page(&directory))),
    ];
    for at in 0..material.rounds.len() {
        let Some(path) = directory.round_file(at) else { continue };
        let title = directory.round_title(at);
        let directory = &directory;
        jobs.push(job(&path, &title, "site/round.html", move || Ok(round::page(directory, at))));
    }
    for at in 0..material.people.len() {
        let Some(path) = directory.member_file(at) else { continue };
        let title = directory.member_name(at);
        let directory = &directory;
        jobs.push(job(path, &title, "site/member.html", move || member::page(directory, at)));
    }
    let (mut files, mut problems) = (BTreeMap::new(), Vec::new());
    for page in parallel::map(&jobs, |job| laid_out(job, &environment, material)) {
        match page {
            Ok((path, bytes)) => _ = files.insert(path, bytes),
            Err(error) => problems.push(error),
        }
    }
    // Without it GitHub Pages leaves files out whose names begin with an underscore.
    files.insert(".nojekyll".to_owned(), Vec::new());
    Problems::unless_empty(problems, files)
}

/// A page to be made, whose context is `context`.
fn job<'a, Context: Serialize + Send + Sync + 'static>(
    path: &str,
    title: &str,
    template: &'static str,
    context: impl Fn() -> Result<Context, Error> + Sync + Send + 'a,
) -> PageJob<'a> {
    let context = move || Ok(Value::from(Serde(&context()?)));
    PageJob { path: path.to_owned(), title: title.to_owned(), template, context: Box::new(context) }
}

/// The path and the bytes of a page.
fn laid_out(
    job: &PageJob<'_>,
    environment: &Environment<'_>,
    material: Material<'_>,
) -> Result<(String, Vec<u8>), Error> {
    let body = rendered(environment, job.template, &(job.context)()?)?;
    let title = format!("{}: {}", job.title, Shown::from(&material.ledger.name));
    let styles = [CHART_STYLES, styles(material), SITE_STYLES];
    let document = Document { title: &title, styles: &styles, body: &body };
    let script = format!("{PAGE_SCRIPT}{SITE_SCRIPT}");
    Ok((job.path.clone(), document.write_with(&script).into_bytes()))
}

/// The templates, ready to be used. All that cannot be are errors.
fn templates(material: Material<'_>) -> Result<Environment<'_>, Problems> {
    let mut environment = environment()?;
    let mut problems = Vec::new();
    for (name, built_in) in TEMPLATES {
        let source = material.templates.get(name).map_or(built_in, String::as_str);
        problems.extend(environment.add_template(name, source).err().map(|error| broken(name, &error)));
    }
    problems.extend(check_styles(styles(material)).map(|message| Error::TemplateBroken {
        place: Place::file(&path_of("page.css")),
        message: Shown::from(message),
    }));
    Problems::unless_empty(problems, environment)
}

/// The styles of pages, the ledger's own where it has them.
fn styles(material: Material<'_>) -> &str {
    material.templates.get("page.css").map_or(PAGE_STYLES, String::as_str)
}

/// A template that cannot be used.
fn broken(name: &str, error: &minijinja::Error) -> Error {
    let path = path_of(name);
    let line = error.line().and_then(|line| u64::try_from(line).ok());
    let place = line.map_or_else(|| Place::file(&path), |line| Place::line(&path, line));
    Error::TemplateBroken { place, message: Shown::sentence(&error.to_string()) }
}
