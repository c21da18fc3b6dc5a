//! Pages that the program wrote, in a real browser: Debian's Chromium, driven by playwright-core, with
//! axe-core (npm; `tests/peers/install`). `tests/browser/pages.cjs` opens them and tells what is wrong.
//! Without one of these programs the tests say so and pass.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::peers::installed;
use crate::report::hostile_ledger;
use crate::support::sandbox::{Run, Sandbox};
use crate::support::{package, skip};

/// The browser: `MEED_CHROMIUM`, else one of the path.
fn chromium() -> Option<PathBuf> {
    let chosen = std::env::var_os("MEED_CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    chosen.or_else(|| found.into_iter().find(|file| file.is_file()))
}

/// What the browser has to say to pages. `None`, with a loud line, where it or its driver is absent.
pub fn look_at(what: &str, args: &[&str]) -> Option<Vec<Value>> {
    let modules = installed().join("node_modules");
    if !modules.join("playwright-core").is_dir() || !modules.join("axe-core").is_dir() {
        skip(&format!("{what}: playwright-core or axe-core not installed; tests/peers/install does it"));
        return None;
    }
    let Some(chromium) = chromium() else {
        skip(&format!("{what}: there is no Chromium (Debian: apt-get install chromium)"));
        return None;
    };
    let script = package().join("tests/browser/pages.cjs");
    let mut command = Command::new("node");
    let run = Run::of_command(command.arg(script).arg(chromium).args(args).env("NODE_PATH", modules));
    Some(serde_json::from_str(&run.ok()).unwrap())
}

/// How often the browser tried something, on all pages together.
pub fn tried(reports: &[Value], what: &str) -> u64 {
    reports.iter().filter_map(|report| report["tried"][what].as_u64()).sum()
}

/// Fails with all problems of all pages.
#[track_caller]
pub fn nothing_is_wrong(reports: &[Value]) {
    let problems: Vec<String> = reports
        .iter()
        .flat_map(|report| report["problems"].as_array().unwrap().iter().map(move |it| (&report["file"], it)))
        .map(|(file, problem)| format!("{file}: {problem}"))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Writes report.html of a round to a file of the sandbox.
fn page(sandbox: &Sandbox, round: &str, name: &str) -> String {
    let html = sandbox.meed(&["report", round, "--html"]).ok();
    let path = sandbox.path(name);
    std::fs::write(&path, html).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn pages_hold_in_a_browser() {
    let hostile = hostile_ledger();
    let mut files = vec![page(&hostile, "2026-01", "hostile.html")];
    let (demo, _) = Sandbox::example();
    for round in crate::support::EXAMPLE_ROUNDS {
        files.push(page(&demo, round, &format!("{round}.html")));
    }
    let args: Vec<&str> = files.iter().map(String::as_str).collect();
    let Some(reports) = look_at("pages in a browser", &args) else { return };
    nothing_is_wrong(&reports);
    for what in ["axe", "sort", "search", "hover", "legend", "details", "without script", "print"] {
        assert!(tried(&reports, what) > 0, "no page let the browser try: {what}");
    }
}

/// A ledger's own template can write whatever it likes into the page: no script of it runs.
#[test]
fn a_template_brings_no_script_that_runs() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let attacks = "</body></html><script>window.ran = 1</script>\n\
        <img src=\"x\" onerror=\"window.ran = 1\">\n\
        <svg onload=\"window.ran = 1\"></svg>\n\
        <iframe srcdoc=\"<script>parent.ran = 1</script>\"></iframe>\n\
        <a class=\"attack\" href=\"javascript:window.ran=1\">press</a>\n\
        <base href=\"https://example.org/\"><link rel=\"stylesheet\" href=\"https://example.org/x.css\">\n\
        <p style=\"color: red\" onclick=\"window.ran = 1\">{{ ledger }}</p>\n";
    sandbox.write("templates/report.html", attacks);
    sandbox.commit("A template with scripts");
    let file = page(&sandbox, "2026-01", "attack.html");
    let html = std::fs::read_to_string(Path::new(&file)).unwrap();
    assert!(html.contains("window.ran = 1"), "the template is not used");
    let Some(reports) = look_at("scripts of templates in a browser", &["--attack", &file]) else { return };
    nothing_is_wrong(&reports);
    assert!(tried(&reports, "refused") >= 4, "{reports:?}");
}
