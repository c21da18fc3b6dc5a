//! From a page to its files: templates.
//!
//! Templates are built in; those that the commit has in `templates/` win by name. They lay out what the
//! [`Page`] says, and can do nothing else: no files, no clock, a bounded number of steps, bounded output.
//! What they put out is escaped by itself, as HTML or as Markdown, by the ending of their name. The
//! document around report.html, with its policy on scripts, is not theirs ([`document`]).

pub mod document;
pub mod markdown;

use std::collections::BTreeMap;
use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;

use self::document::Document;
use super::{Material, Page, text};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, Files};
use crate::ledger::templates::{SHARED_TEMPLATES, TEMPLATE_LIMIT_BYTES, is_template, path_of};
use crate::statement::REPORT_FOLDER;

/// The built-in templates that a ledger may replace by its own, by name.
pub const TEMPLATES: [(&str, &str); 8] = [
    ("blocks.html", include_str!("../../templates/blocks.html")),
    ("blocks.md", include_str!("../../templates/blocks.md")),
    ("forum-post.md", include_str!("../../templates/forum-post.md")),
    ("page.css", PAGE_STYLES),
    ("report.html", include_str!("../../templates/report.html")),
    ("report.md", include_str!("../../templates/report.md")),
    ("simulation.html", include_str!("../../templates/simulation.html")),
    ("simulation.md", include_str!("../../templates/simulation.md")),
];

/// The built-in styles of pages.
pub const PAGE_STYLES: &str = include_str!("../../templates/page.css");
/// The styles of charts, which stand before those of the page.
pub const CHART_STYLES: &str = include_str!("../../templates/chart.css");
/// The one script that runs.
pub const PAGE_SCRIPT: &str = include_str!("../../templates/page.js");

/// The templates of a round's pages, with the files of the report that they become.
const PAGES: [(&str, &str); 3] =
    [("forum-post.md", "forum-post.md"), ("report.html", "report.html"), ("report.md", "report.md")];

/// Most steps of a template: a page of 2,000 recipients takes some hundred thousand.
pub const FUEL_LIMIT: u64 = 30_000_000;
/// Most bytes that a template puts out.
pub const OUTPUT_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// All pages of a round, by their names in the results folder. Problems of all templates at once.
pub fn all(page: &Page, material: &Material<'_>) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    written(&PAGES, &format!("{}: {}", page.ledger, page.round), page, material.files)
}

/// What templates make of a context, by the names in the results folder: `pages` are templates with the
/// files of the report that they become, `title` is that of documents, `files` holds the ledger's own
/// templates. Problems of all templates at once.
pub fn written(
    pages: &[(&'static str, &str)],
    title: &str,
    context: &impl Serialize,
    files: &Files,
) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    let is_read = |name: &str| SHARED_TEMPLATES.contains(&name) || pages.iter().any(|page| page.0 == name);
    let sources = sources(files, &is_read)?;
    let mut environment = environment()?;
    let mut problems = Vec::new();
    for (name, source) in &sources {
        if let Err(error) = environment.add_template(name, source) {
            problems.push(refused(name, &error));
        }
    }
    let styles = sources.get("page.css").copied().unwrap_or_default();
    problems.extend(document::check_styles(styles).map(|message| Error::TemplateBroken {
        place: Place::file(&path_of("page.css")),
        message: Shown::from(message),
    }));
    Problems::unless_empty(problems, ())?;
    let context = Value::from(Serde(context));
    let (mut written, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, file) in pages {
        match rendered(&environment, name, &context) {
            Ok(text) if name.rsplit('.').next() == Some("html") => {
                let document = Document { title, styles: &[CHART_STYLES, styles], body: &text };
                written.insert(format!("{REPORT_FOLDER}{file}"), document.write().into_bytes());
            }
            Ok(text) => _ = written.insert(format!("{REPORT_FOLDER}{file}"), text.into_bytes()),
            Err(error) => problems.push(error),
        }
    }
    Problems::unless_empty(problems, written)
}

/// The templates that are read, by name: those of the commit, else the built-in ones. Problems of all at
/// once.
fn sources<'a>(
    files: &'a Files,
    is_read: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<&'static str, &'a str>, Problems> {
    let (mut sources, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, built_in) in TEMPLATES.into_iter().filter(|(name, _)| is_read(name)) {
        let path = path_of(name);
        if !files.contains(&path) {
            sources.insert(name, built_in);
            continue;
        }
        match own_source(files, &path) {
            Ok(source) => _ = sources.insert(name, source),
            Err(error) => problems.push(error),
        }
    }
    Problems::unless_empty(problems, sources)
}

/// A template of the commit.
fn own_source<'a>(files: &'a Files, path: &str) -> Result<&'a str, Error> {
    let bytes = files.bytes(path)?;
    if bytes.len() as u64 > TEMPLATE_LIMIT_BYTES {
        let (bytes, limit) = (bytes.len() as u64, TEMPLATE_LIMIT_BYTES);
        return Err(Error::FileTooLarge { place: Place::file(path), bytes, limit });
    }
    files::text_of(path, bytes)
}

/// An environment for templates, with the rules that all pages have: what is unknown is an error, what
/// is put out is escaped, and everything is bounded.
pub fn environment<'source>() -> Result<Environment<'source>, Error> {
    let mut environment = Environment::new();
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| refused("report.html", &error))?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL_LIMIT));
    // It prints how the engine looks inside, which a new version of it may change.
    environment.remove_global("debug");
    environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
        Some("md") => AutoEscape::Custom("markdown".into()),
        Some("css") => AutoEscape::None,
        _ => AutoEscape::Html,
    });
    environment.set_formatter(|out, state, value| {
        let escape: fn(&str) -> String = match state.auto_escape() {
            _ if value.is_safe() => str::to_owned,
            AutoEscape::Html => text::escape,
            AutoEscape::Custom(_) => markdown::escape,
            _ => str::to_owned,
        };
        let text = value.as_str().map_or_else(|| escape(&value.to_string()), escape);
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    environment.add_filter("fenced", |text: String| Value::from_safe_string(markdown::fenced(&text)));
    environment.add_filter("alternative", |text: String| {
        Value::from_safe_string(markdown::escape_alternative(&text))
    });
    environment.add_filter("target", |text: String| Value::from_safe_string(markdown::target(&text)));
    Ok(environment)
}

/// What a template makes of a page.
pub fn rendered(environment: &Environment<'_>, name: &str, context: &Value) -> Result<String, Error> {
    let template = environment.get_template(name).map_err(|error| refused(name, &error))?;
    let mut output = Bounded(Vec::new());
    template.render_captured_to(context.clone(), &mut output).map_err(|error| refused(name, &error))?;
    Ok(String::from_utf8_lossy(&output.0).into_owned())
}

/// Output up to its limit.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_LIMIT_BYTES {
            return Err(io::Error::other("the output is too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a template cannot be used, at the innermost place that is known.
fn refused(name: &str, error: &minijinja::Error) -> Error {
    let (mut inner, mut name) = (error, error.name().unwrap_or(name));
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        if let Some(found) = next.downcast_ref::<minijinja::Error>() {
            (inner, name) = (found, found.name().unwrap_or(name));
        }
        source = next.source();
    }
    let path = path_of(name);
    let line = inner.line().and_then(|line| u64::try_from(line).ok());
    let place = line.map_or_else(|| Place::file(&path), |line| Place::line(&path, line));
    match inner.kind() {
        ErrorKind::OutOfFuel => Error::TemplateEndless { place, limit: FUEL_LIMIT },
        ErrorKind::WriteFailure => Error::TemplateOutput { place, limit: OUTPUT_LIMIT_BYTES },
        kind => {
            let message = inner.detail().map_or_else(|| kind.to_string(), |text| format!("{kind}: {text}"));
            let known = if is_template(&path) { "" } else { " (no template of this name is read)" };
            Error::TemplateBroken { place, message: Shown::sentence(&(message + known)) }
        }
    }
}
