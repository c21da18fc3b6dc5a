//! The pages of a round from outside: `meed report`, the ledger's own templates, `meed init --templates`,
//! and what hostile names become in Markdown and HTML.

use std::collections::BTreeSet;
use std::fs;

use meed::report::render::TEMPLATES;

use crate::support::files_below;
use crate::support::sandbox::{Sandbox, praise_csv};

/// Names that try to be something else in Markdown or HTML.
const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "a | b | c",
    "[Bea](javascript:alert(1))",
    "![x](http://example.org/x.png)",
    "**Bea** _x_ `y` ~~z~~",
    "@everyone",
    "=cmd|'/C calc'!A1",
    "{{ ledger }} {% raw %}",
    "</style></script><!-- x",
    "# heading",
];

/// A ledger with an open round whose receivers have hostile names.
pub fn hostile_ledger() -> Sandbox {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-01");
    let mut table = praise_csv("01");
    let row = table.lines().nth(1).unwrap().to_owned();
    for (index, name) in HOSTILE.iter().enumerate() {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let row = row
            .replace("p-01-1", &format!("h-{index}"))
            .replace(",Ada,", &format!(",{quoted},"))
            .replace("acc-ada", &format!("acc-{index}"))
            .replace("for work", "<b onclick=alert(1)>for</b> @here")
            .replace(&"a".repeat(40), &format!("{:040x}", 0xbad0 + index));
        table += &(row + "\n");
    }
    sandbox.write("rounds/2026-01/praise.csv", table);
    sandbox.commit("Hostile names");
    sandbox
}

#[test]
fn the_committed_pages_are_made_again() {
    let sandbox = Sandbox::closed(1);
    let report = |args: &[&str]| sandbox.meed(&[&["report", "2026-01"], args].concat()).ok();
    let committed = |name: &str| sandbox.read(&format!("rounds/2026-01/results/report/{name}"));
    let before = sandbox.state();
    for (args, name) in [
        (&[][..], "report.md"),
        (&["--md"], "report.md"),
        (&["--html"], "report.html"),
        (&["--forum"], "forum-post.md"),
    ] {
        assert_eq!(report(args), committed(name), "{args:?}");
    }
    let context: serde_json::Value = serde_json::from_str(&report(&["--context"])).unwrap();
    assert_eq!(context["round"], "2026-01");
    assert!(context["sections"].as_array().unwrap().len() > 1);
    assert_eq!(report(&["--context"]), report(&["--format", "json"]));
    let out = sandbox.path("out");
    assert!(report(&["--out", out.to_str().unwrap()]).starts_with("wrote the results of 2026-01"));
    assert_eq!(files_below(&out), files_below(&sandbox.at("rounds/2026-01/results")));
    let again = sandbox.meed(&["report", "2026-01", "--out", out.to_str().unwrap()]).fails(2);
    assert!(again.contains("is not empty"), "{again}");
    // Its inputs are those of the commit before it was closed: a template that came later changes nothing.
    assert_eq!(sandbox.state(), before);
    sandbox.write("templates/report.md", "later\n");
    sandbox.commit("A later template");
    assert_eq!(report(&[]), committed("report.md"));
    let _ = sandbox.meed(&["verify"]).ok();
}

#[test]
fn an_open_round_is_reported_as_a_close_would_write_it() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let html = sandbox.meed(&["report", "2026-01", "--html"]).ok();
    let _ = sandbox.close(&[]).ok();
    assert_eq!(html, sandbox.read("rounds/2026-01/results/report/report.html"));
    let unknown = sandbox.meed(&["report", "2026-09"]).fails(2);
    assert!(unknown.contains("2026-09"), "{unknown}");
    let open = sandbox.meed(&["report", "2026-01", "--open"]).fails(2);
    assert!(open.contains("--open: there is no terminal"), "{open}");
    let both = sandbox.meed(&["report", "2026-01", "--md", "--html"]).fails(2);
    assert!(both.contains("cannot be used with"), "{both}");
}

#[test]
fn own_templates_win_and_are_inputs() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let own = "<h1>Ours: {{ ledger }} {{ round }}</h1>\n";
    sandbox.write("templates/report.html", own);
    sandbox.write("templates/repot.md", "misspelled\n");
    sandbox.commit("Templates of our own");
    let checked = sandbox.meed(&["check", "2026-01"]).ok();
    assert!(checked.contains("warning: templates/repot.md: no page reads it"), "{checked}");
    let _ = sandbox.close(&[]).ok();
    let html = sandbox.read("rounds/2026-01/results/report/report.html");
    assert!(html.contains("<h1>Ours: Test Commons 2026-01</h1>"), "{html}");
    let policy =
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-";
    assert!(html.contains(policy), "{html}");
    assert!(sandbox.read("rounds/2026-01/results/report/report.md").contains("## "), "the others stay");
    let statement: serde_json::Value =
        serde_json::from_str(&sandbox.read("rounds/2026-01/results/statement.json")).unwrap();
    let inputs = statement["predicate"]["inputs"].as_array().unwrap();
    let names: Vec<&str> = inputs.iter().map(|input| input["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"templates/report.html"), "{names:?}");
    assert!(!names.contains(&"templates/repot.md"), "{names:?}");
    assert!(names.is_sorted());
    let _ = sandbox.meed(&["verify"]).ok();
    // Ledger-wide files may change later.
    sandbox.write("templates/report.html", "changed\n");
    sandbox.commit("Change the template");
    let _ = sandbox.meed(&["verify"]).ok();
}

#[test]
fn templates_are_tried_before_they_are_committed() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let written = sandbox.meed(&["init", "--templates"]).ok();
    assert!(written.starts_with(&format!("wrote {} templates to ", TEMPLATES.len())), "{written}");
    let names: BTreeSet<String> = files_below(&sandbox.at("templates")).into_keys().collect();
    assert_eq!(names, TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).collect());
    let built_in = sandbox.meed(&["report", "2026-01", "--html"]).ok();
    let tried =
        |args: &[&str]| sandbox.meed(&[&["report", "2026-01", "--templates", "templates"], args].concat());
    // The written ones are the built-in ones; only the list of inputs in the page may tell them apart.
    let (left, right) = (without_templates(&tried(&["--html"]).ok()), without_templates(&built_in));
    assert_eq!(left, right);
    sandbox.write("templates/report.md", "{{ round }} is **ours**\n");
    assert_eq!(tried(&[]).ok(), "2026-01 is **ours**\n");
    let worktree = sandbox.meed(&["check", "2026-01", "--worktree"]).ok();
    assert!(worktree.contains("2026-01"));
    sandbox.write("templates/report.md", "\n{{ nobody }}\n");
    let broken = tried(&[]).fails(2);
    assert!(broken.contains("templates/report.md:2: "), "{broken}");
    let broken = sandbox.meed(&["check", "2026-01", "--worktree"]).fails(2);
    assert!(broken.contains("templates/report.md:2: "), "{broken}");
    let _ = sandbox.meed(&["check", "2026-01"]).ok();
    let missing = sandbox.meed(&["report", "2026-01", "--templates", "nowhere"]).fails(2);
    assert!(missing.contains("there is no folder nowhere"), "{missing}");
}

/// A page without the lines that name templates.
fn without_templates(page: &str) -> String {
    page.lines().filter(|line| !line.contains("templates/")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_new_ledger_can_begin_with_templates() {
    let sandbox = Sandbox::new();
    let (key, folder) = (sandbox.key("treasurer"), sandbox.path("ledger"));
    let public = format!("{key}.pub");
    let args = ["init", folder.to_str().unwrap(), "--name", "Test Commons", "--token", "TOK", "--templates"];
    let _ = sandbox.meed(&[&args[..], &["--signer", &public, "--key", &key]].concat()).ok();
    for (name, source) in TEMPLATES {
        assert_eq!(sandbox.git(&["show", &format!("HEAD:templates/{name}")]).ok(), source);
    }
    let incomplete = sandbox.meed(&["init", "--templates", "--name", "x"]).fails(2);
    assert!(incomplete.contains("--token"), "{incomplete}");
    let nowhere = Sandbox::new();
    assert!(nowhere.meed(&["init", "--templates"]).fails(3).contains("repository"));
}

#[test]
fn hostile_names_stay_names() {
    let sandbox = hostile_ledger();
    let html = sandbox.meed(&["report", "2026-01", "--html"]).ok();
    let page = &html[html.find("<body>").unwrap()..html.rfind("<script>").unwrap()];
    for bad in ["<script", "<img", "<b ", "javascript:", "<!--"] {
        let bad = page.find(bad).filter(|_| bad != "javascript:" || page.contains("href=\"javascript"));
        assert_eq!(bad.map(|at| &page[at..at + 60]), None);
    }
    assert!(page.contains("&lt;script&gt;alert(1)"), "the name is not shown");
    assert!(page.contains("{{ ledger }}"), "a name is no template");
    for name in ["report.md", "forum-post.md"] {
        let option = if name == "report.md" { "--md" } else { "--forum" };
        let text = sandbox.meed(&["report", "2026-01", option]).ok();
        // Code in fences is shown as it is.
        let prose: Vec<&str> = text.split("```").step_by(2).collect();
        let prose = prose.concat();
        for bad in
            ["<script", "<img", "<b ", "| b |", "](javascript", "](http", "**Bea**", "@everyone", "@here"]
        {
            assert!(!prose.contains(bad), "{name} holds {bad}:\n{prose}");
        }
    }
}

/// Whoever makes it, and however often: the same bytes.
#[test]
fn pages_are_the_same_bytes_every_time() {
    let sandbox = hostile_ledger();
    let made = |option| sandbox.meed(&["report", "2026-01", option]).ok();
    for option in ["--html", "--md", "--forum", "--context"] {
        assert_eq!(made(option), made(option), "{option}");
    }
}

/// 300 recipients: the page stays one that a phone loads.
#[test]
fn a_page_of_300_recipients_is_small() {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-01");
    let table = praise_csv("01");
    let row = table.lines().nth(1).unwrap().to_owned();
    let more = (0..297).map(|index| {
        row.replace("p-01-1", &format!("m-{index}"))
            .replace(",Ada,", &format!(",Member {index},"))
            .replace("acc-ada", &format!("acc-{index}"))
            .replace(&"a".repeat(40), &format!("{:040x}", 0xabc_0000 + index))
            + "\n"
    });
    let table = table.clone() + &more.collect::<String>();
    fs::write(sandbox.at("rounds/2026-01/praise.csv"), table).unwrap();
    sandbox.commit("Many members");
    let html = sandbox.meed(&["report", "2026-01", "--html"]).ok();
    assert!(html.contains("Member 296"));
    assert!(html.len() <= 400 * 1024, "report.html has {} bytes", html.len());
}
