//! From a page to its files: templates.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Value};

use super::{Material, Page};
use crate::error::{Error, Place, Problems, Shown};
use crate::statement::REPORT_FOLDER;

/// The templates, built in: name of the file in the report folder, source.
const TEMPLATES: [(&str, &str); 3] = [
    ("report.md", include_str!("../../templates/report.md")),
    ("report.html", include_str!("../../templates/report.html")),
    ("forum-post.md", include_str!("../../templates/forum-post.md")),
];

/// All pages, by their names in the results folder.
pub fn all(page: &Page, _material: &Material<'_>) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|error| broken("report.md", &error))?;
    environment.set_syntax(syntax);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(|error| broken(name, &error))?;
    }
    let mut files = BTreeMap::new();
    for (name, _) in TEMPLATES {
        let template = environment.get_template(name).map_err(|error| broken(name, &error))?;
        let text = template.render(Value::from(Serde(page))).map_err(|error| broken(name, &error))?;
        files.insert(format!("{REPORT_FOLDER}{name}"), text.into_bytes());
    }
    Ok(files)
}

/// A template that cannot be used.
fn broken(name: &str, error: &minijinja::Error) -> Error {
    let path = format!("templates/{name}");
    let line = error.line().and_then(|line| u64::try_from(line).ok());
    let place = line.map_or_else(|| Place::file(&path), |line| Place::line(&path, line));
    Error::TemplateBroken { place, message: Shown::sentence(&error.to_string()) }
}
