//! The page of a simulation from outside: which figures it has, whether they say what the summary says,
//! what hostile names become in it, and how it looks in a browser.

use std::collections::BTreeMap;

use crate::browser::{look_at, nothing_is_wrong, tried};
use crate::support::files_below;
use crate::support::sandbox::Sandbox;

const WORK: &str = r#"{"model": "work", "seed": 1, "runs": 40,
    "configurations": [{"name": "as it is"}, {"name": "earn more", "parameters": {"earned_most": 20}}]}"#;
const SWEEP: &str = r#"{"model": "work", "runs": 20, "timesteps": 150, "sweep": {"mode": "cartesian",
    "parameters": {"earned_most": [10, 20], "weekly_token_minting": [100, 50, 0]}}}"#;
const CONVICTION: &str = r#"{"model": "conviction", "runs": 4, "timesteps": 60,
    "configurations": [{"name": "as it is"}, {"name": "easy", "parameters": {"rho": 0.001, "alpha": 0.9}}]}"#;
const POLICY: &str = r#"{"model": "policy", "runs": 3, "configurations": [{"name": "as it is"},
    {"name": "half", "parameters": {"settings": {"contributor_share": 0.5}}}]}"#;

/// The results of a simulation, by name.
fn results(text: &str) -> BTreeMap<String, Vec<u8>> {
    run(text, 0)
}

/// The results of a simulation that ends with this status.
fn run(text: &str, status: i32) -> BTreeMap<String, Vec<u8>> {
    let sandbox = Sandbox::new();
    sandbox.write("try.json", text);
    let run = sandbox.meed(&["simulate", "try.json", "--out", "out"]);
    let _ = if status == 0 { run.ok() } else { run.fails(status) };
    files_below(&sandbox.at("out"))
}

fn text_of(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    let bytes = files.get(name).unwrap_or_else(|| panic!("there is no {name}: {:?}", files.keys()));
    String::from_utf8(bytes.clone()).unwrap()
}

/// HTML between `<body>` and the script of meed.
fn body(html: &str) -> &str {
    &html[html.find("<body>").unwrap()..html.rfind("<script>").unwrap()]
}

#[test]
fn every_model_has_its_figures() {
    let several = ["course.funds", "course.participants", "course.candidate_conviction"];
    let twice = ["proposals", "funds", "shares", "holdings", "affinity", "network"];
    let conviction = several.map(str::to_owned).into_iter();
    let conviction: Vec<String> =
        conviction.chain(twice.iter().flat_map(|name| [format!("{name}.1"), format!("{name}.2")])).collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let work = names(&["tokens.1", "tokens.2", "course.tokens", "course.contributors_token_balance"]);
    let policy = names(&["shares", "received.1", "received.2", "course.gini", "course.top10_share"]);
    for (model, charts) in [(CONVICTION, conviction), (WORK, work), (POLICY, policy)] {
        let files = results(model);
        let (html, markdown) = (text_of(&files, "report/report.html"), text_of(&files, "report/report.md"));
        for name in &charts {
            let svg = text_of(&files, &format!("report/charts/{name}.svg"));
            assert!(svg.starts_with("<svg "), "{name}");
            assert!(html.contains(&format!("<figure id=\"chart-{name}\">")), "{name} is not in the page");
        }
        // What is written is shown, in both forms, and nothing is shown that is not there.
        let written: Vec<&str> =
            files.keys().filter_map(|name| name.strip_prefix("report/charts/")).collect();
        assert_eq!(html.matches("<figure id=").count(), written.len());
        assert_eq!(markdown.matches("](charts/").count(), written.len());
        for name in written {
            assert!(markdown.contains(&format!("](charts/{name})")), "{name} is not in report.md");
        }
        let titles: Vec<&str> = markdown.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(titles[..2], ["## What was simulated", "## At the end"]);
        assert!(titles.contains(&"## Over time"), "{titles:?}");
    }
}

/// The last column of the table at the end is the difference of the means of summary.csv, and the figures
/// are those of summary.csv.
#[test]
fn the_table_says_what_the_summary_says() {
    let files = results(WORK);
    let summary = text_of(&files, "summary.csv");
    let mut reader = csv::Reader::from_reader(summary.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let mean = |simulation: &str| {
        let row = rows.iter().find(|row| {
            row["simulation"] == simulation
                && row["timestep"] == "52"
                && row["variable"] == "contributors_token_balance"
        });
        row.unwrap()["mean"].parse::<f64>().unwrap()
    };
    let (first, second) = (mean("0"), mean("1"));
    let markdown = text_of(&files, "report/report.md");
    let line = |set: &str| {
        let start = format!("| Tokens that contributors have earned | {set} |");
        markdown.lines().find(|line| line.starts_with(&start)).unwrap().to_owned()
    };
    let cells = |line: String| -> Vec<f64> {
        line.split('|').filter_map(|cell| cell.trim().trim_start_matches("\\+").parse().ok()).collect()
    };
    let (as_it_is, more) = (cells(line("as it is")), cells(line("earn more")));
    assert!((as_it_is[1] - first).abs() < 0.006 && (more[1] - second).abs() < 0.006, "{as_it_is:?} {more:?}");
    assert!((more[6] - (second - first)).abs() < 0.006, "{more:?} {first} {second}");
}

#[test]
fn a_sweep_is_small_multiples() {
    let files = results(SWEEP);
    let svg = text_of(&files, "report/charts/course.contributors_token_balance.svg");
    for set in ["10, 100", "10, 50", "10, 0", "20, 100", "20, 50", "20, 0"] {
        assert!(svg.contains(&format!(">{set}</text>")), "{set} has no chart");
    }
    let markdown = text_of(&files, "report/report.md");
    assert!(
        markdown.contains("A set is called by its values of earned\\_most, weekly\\_token\\_minting."),
        "{markdown}"
    );
    assert!(markdown.contains("Of 151 timesteps 101 are drawn."), "{markdown}");
}

/// What cannot be drawn is not drawn; the page tells what failed and shows the rest.
#[test]
fn failed_runs_and_the_largest_numbers() {
    let files = run(
        r#"{"model": "work", "timesteps": 40, "sweep": {"parameters": {"weekly_token_minting": [1e307, 1e291]}}}"#,
        1,
    );
    let markdown = text_of(&files, "report/report.md");
    assert!(markdown.contains("## Runs that failed"), "{markdown}");
    assert!(markdown.contains("| weekly\\_token\\_minting = 1e+307 | 1 | 18 | 1 | "), "{markdown}");
    assert!(files.contains_key("report/charts/course.contributors_token_balance.svg"));
    assert!(!files.contains_key("report/charts/course.tokens.svg"));
    // A beginning and nothing else.
    for model in ["work", "conviction", "policy"] {
        let markdown =
            text_of(&results(&format!(r#"{{"model": "{model}", "timesteps": 0}}"#)), "report/report.md");
        assert!(markdown.contains("All variables at timestep 0."), "{markdown}");
    }
}

/// A simulation whose configurations have names that want to be more.
fn hostile() -> BTreeMap<String, Vec<u8>> {
    let names = [
        "<script>alert(1)</script><img src=x onerror=alert(1)>".to_owned(),
        format!("\u{202e}gnp.exe | **b** [x](javascript:alert(1)) @everyone {}", "<b>".repeat(400_000)),
        "</style></script><!-- {{ ledger }} {% raw %}".to_owned(),
        " \u{200b} ".to_owned(),
    ];
    let configurations: Vec<_> = names.iter().map(|name| serde_json::json!({"name": name})).collect();
    let file = serde_json::json!({"model": "work", "runs": 2, "configurations": configurations});
    results(&file.to_string())
}

#[test]
fn hostile_names_stay_names() {
    let files = hostile();
    let html = text_of(&files, "report/report.html");
    let page = body(&html);
    for bad in ["<script", "<img", "<b>", "<!--", "href=\"javascript", "\u{202e}"] {
        assert_eq!(page.find(bad).map(|at| &page[at..at + 60]), None);
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the name is not shown");
    assert!(page.contains("{{ ledger }} {% raw %}"), "a name is no template");
    assert!(page.contains("set 4"), "who has no name is numbered");
    // What is escaped is no markup, and the text of an image mentions nobody.
    let markdown = markdown_of(&files);
    for bad in ["<script", "<img", "](javascript", "@everyone", "**b**", "\u{202e}"] {
        assert!(!markdown.contains(bad), "report.md holds {bad}");
    }
    let largest =
        files.iter().filter(|(name, _)| name.starts_with("report/")).max_by_key(|(_, bytes)| bytes.len());
    assert!(largest.unwrap().1.len() < 300_000, "{largest:?}");
}

/// report.md without what is escaped and without images.
fn markdown_of(files: &BTreeMap<String, Vec<u8>>) -> String {
    let text = text_of(files, "report/report.md");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("![")).collect();
    ["\\<", "\\]", "\\*"].into_iter().fold(lines.join("\n"), |text, escaped| text.replace(escaped, ""))
}

/// A ledger's own templates of simulations are no inputs of rounds: a broken one breaks no round, and the
/// statement does not name it.
#[test]
fn templates_of_simulations_are_none_of_rounds() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    sandbox.write("templates/simulation.html", "{{ nobody }}");
    sandbox.write("templates/simulation.md", "{{ name }} is **ours**: {{ summary }}\n");
    sandbox.write("simulations/weeks/simulation.json", r#"{"model": "work", "timesteps": 3}"#);
    sandbox.commit("A simulation, and templates");
    let broken = sandbox.meed(&["simulate", "weeks", "--out", "out"]).fails(2);
    assert!(broken.contains("templates/simulation.html:1: "), "{broken}");
    let _ = sandbox.close(&["2026-01"]).ok();
    assert!(!sandbox.read("rounds/2026-01/results/statement.json").contains("templates/simulation"));
    sandbox.write("templates/simulation.html", "<h1>{{ ledger }}</h1>\n");
    sandbox.commit("Mend the template");
    let _ = sandbox.meed(&["simulate", "weeks", "--out", "out"]).ok();
    let markdown = sandbox.read("out/report/report.md");
    assert_eq!(markdown, "weeks is **ours**: One run of the model work, 3 timesteps each.\n");
    let _ = sandbox.meed(&["verify"]).ok();
}

/// At 320 px and wide, light and dark, with and without scripts.
#[test]
fn pages_of_simulations_hold_in_a_browser() {
    let sandbox = Sandbox::new();
    let mut files = Vec::new();
    let pages = [("conviction", results(CONVICTION)), ("policy", results(POLICY)), ("sweep", results(SWEEP))];
    for (name, results) in pages.into_iter().chain([("hostile", hostile())]) {
        let path = sandbox.path(&format!("{name}.html"));
        std::fs::write(&path, &results["report/report.html"]).unwrap();
        files.push(path.to_str().unwrap().to_owned());
    }
    let args: Vec<&str> = files.iter().map(String::as_str).collect();
    let Some(reports) = look_at("pages of simulations in a browser", &args) else { return };
    nothing_is_wrong(&reports);
    for what in ["axe", "sort", "search", "hover", "legend", "details", "without script", "print"] {
        assert!(tried(&reports, what) > 0, "no page let the browser try: {what}");
    }
}
