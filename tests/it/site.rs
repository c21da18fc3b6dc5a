//! `meed site`: what it writes, held against what other commands say of the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::browser;
use crate::report::hostile_ledger;
use crate::support::files_below;
use crate::support::sandbox::Sandbox;

/// The files of a site of the sandbox's ledger, written into the folder `name`.
fn site(sandbox: &Sandbox, name: &str, args: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let folder = sandbox.key(name);
    let _ = sandbox.meed(&[&["site", &folder], args].concat()).ok();
    files_below(Path::new(&folder))
}

/// A file of a site as text.
fn text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files.get(name).unwrap_or_else(|| panic!("{name} is missing")).clone()).unwrap()
}

/// The values of an attribute in a page, unescaped as far as paths need it. What stands in scripts,
/// styles and comments is left out.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let mut rest = html.to_owned();
    for (from, to) in [("<script", "</script>"), ("<style", "</style>")] {
        while let Some(start) = rest.find(from) {
            let end = rest[start..].find(to).map_or(rest.len(), |end| start + end + to.len());
            rest.replace_range(start..end, "");
        }
    }
    let pattern = format!(" {name}=\"");
    rest.split(&pattern).skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect()
}

/// The path that a link on a page leads to, and its fragment.
fn resolved(page: &str, link: &str) -> (String, String) {
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    if path.is_empty() {
        return (page.to_owned(), fragment.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{page}: {link} leaves the site"),
            "." => {}
            part => parts.push(part),
        }
    }
    (parts.join("/"), fragment.to_owned())
}

/// Every link of every page leads to a file of the site, and to an anchor that is there.
fn check_links(files: &BTreeMap<String, Vec<u8>>) -> usize {
    let mut count = 0;
    let mut wrong = BTreeSet::new();
    for page in files.keys().filter(|name| is_page(name)) {
        let html = text(files, page);
        let links = attributes(&html, "href").into_iter().chain(attributes(&html, "src"));
        for link in links.filter(|link| !link.starts_with("https://") && link != "data:,") {
            assert!(!link.contains(':') && !link.starts_with('/'), "{page}: {link}");
            let (target, fragment) = resolved(page, &link);
            if !files.contains_key(&target) {
                wrong.insert(format!("{page}: {link}: there is no {target}"));
            } else if !fragment.is_empty() {
                let anchors = attributes(&text(files, &target), "id");
                if !anchors.contains(&fragment) {
                    wrong.insert(format!("{page}: {link}: there is no such anchor"));
                }
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    count
}

/// The rounds and exact amounts of a member's page, in its order.
fn amounts(html: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for round in html.split("<h2 id=\"round-").skip(1) {
        let link = round.split("href=\"../rounds/").nth(1).unwrap();
        let id = link.split("/index.html").next().unwrap().to_owned();
        for amount in round.split("<h3><data value=\"").skip(1) {
            found.push((id.clone(), amount.split('"').next().unwrap().to_owned()));
        }
    }
    found
}

/// The entries of `meed export json` or `meed statement`: folder of the round or revision, and amount.
fn entries(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entries = value.as_array().unwrap().iter();
    let folder = |entry: &Value| match entry["revision"].as_u64() {
        Some(1) => text(&entry["round"]),
        revision => format!("{}/revisions/{}", text(&entry["round"]), revision.unwrap()),
    };
    entries.map(|entry| (folder(entry), text(&entry["amount"]))).collect()
}

fn members(files: &BTreeMap<String, Vec<u8>>) -> Vec<&String> {
    files.keys().filter(|name| name.starts_with("members/")).collect()
}

#[test]
fn every_link_leads_to_a_file() {
    let files = site(&Sandbox::example().0, "site", &[]);
    assert!(check_links(&files) > 500);
    for name in [".nojekyll", "index.html", "members.html", "trends.html", "check.html"] {
        assert!(files.contains_key(name), "{name}");
    }
    // The results stand beside the page of their round as they are committed.
    for name in ["distribution.csv", "statement.json", "payouts/README.txt", "report/report.html"] {
        assert!(files.contains_key(&format!("rounds/2026-01/{name}")), "{name}");
    }
}

#[test]
fn every_amount_stands_on_one_page_with_its_explanation() {
    let (sandbox, _) = Sandbox::example();
    let files = site(&sandbox, "site", &[]);
    let export: Value = serde_json::from_str(&sandbox.meed(&["export", "json"]).ok()).unwrap();
    let rounds = export["rounds"].as_array().unwrap();
    let mut expected: Vec<_> = rounds.iter().flat_map(|round| entries(&round["entries"])).collect();
    let mut found = Vec::new();
    for page in members(&files) {
        let html = text(&files, page);
        let mut own = amounts(&html);
        assert!(!own.is_empty(), "{page}");
        assert!(!html.contains("is not what is committed"), "{page}");
        assert!(!html.contains("could not be read again"), "{page}");
        // Each amount says how it came about, but what expired.
        let amounts = html.split("<article class=\"amount ").skip(1);
        for amount in amounts.filter(|amount| !amount.starts_with("expired")) {
            let amount = amount.split("</article>").next().unwrap();
            assert!(amount.matches("<p>").count() >= 1, "{page}: {amount}");
        }
        found.extend(own.clone());
        let who = page.trim_start_matches("members/").trim_end_matches(".html");
        if who.starts_with("0x") {
            let statement = sandbox.meed(&["statement", who, "--format", "json"]).ok();
            let statement: Value = serde_json::from_str(&statement).unwrap();
            let mut stated = entries(&statement["entries"]);
            own.sort();
            stated.sort();
            assert_eq!(own, stated, "{page}");
        }
    }
    assert!(expected.len() > 100);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_search_knows_every_member_and_round() {
    let (sandbox, _) = Sandbox::example();
    let files = site(&sandbox, "site", &[]);
    let index = text(&files, "index.html");
    let data = index.split("<script id=\"search-data\" type=\"application/json\">").nth(1).unwrap();
    let data: Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    let targets: BTreeSet<&str> =
        data.as_array().unwrap().iter().map(|one| one["target"].as_str().unwrap()).collect();
    let pages = files.keys().filter(|name| {
        name.starts_with("members/") || name.starts_with("rounds/") && name.ends_with("/index.html")
    });
    assert_eq!(targets, pages.map(String::as_str).collect());
    assert!(index.contains("<form id=\"search\" role=\"search\" hidden>"), "hidden until a script runs");
    let heron = data.as_array().unwrap().iter().find(|one| one["name"] == "heron").unwrap();
    assert!(heron["text"].as_str().unwrap().contains("0x71de0101"), "{heron}");
}

#[test]
fn states_are_those_of_the_log() {
    let (sandbox, _) = Sandbox::example();
    let plain = text(&site(&sandbox, "site", &[]), "index.html");
    let states: Vec<&str> = plain.split("<td>").filter(|cell| cell.contains("paid")).collect();
    assert_eq!(states.iter().filter(|state| state.starts_with("to be paid")).count(), 6, "{states:?}");
    assert_eq!(states.iter().filter(|state| state.starts_with("paid\n")).count(), 1, "{states:?}");
    assert!(plain.contains("Whether they verify was not asked"));
    let log: Value = serde_json::from_str(&sandbox.meed(&["log", "--format", "json"]).ok()).unwrap();
    for line in log.as_array().unwrap() {
        let open = line["open"].as_str().unwrap();
        assert!(plain.contains(&format!("<data value=\"{open}\">")), "{line}");
    }
    let verified = site(&sandbox, "verified", &["--verify"]);
    let index = text(&verified, "index.html");
    assert_eq!(index.matches("; verifies").count(), 7);
    assert!(!index.contains("was not asked"));
    // What does not verify is said, and the exit status tells.
    let path = "rounds/2026-02/results/extra.txt";
    sandbox.write(path, "added later\n");
    sandbox.commit("Add to a closed round");
    let run = sandbox.meed(&["site", &sandbox.key("verified"), "--verify"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    let index = text(&files_below(&sandbox.path("verified")), "index.html");
    assert!(index.contains("does not verify: append-only"), "{index}");
}

#[test]
fn one_commit_gives_one_site() {
    let (sandbox, _) = Sandbox::example();
    let first = site(&sandbox, "first", &[]);
    assert_eq!(first, site(&sandbox, "second", &[]));
    assert_eq!(first, site(&sandbox, "second", &[]), "written over itself");
    // Later commits change nothing for an earlier one.
    let tip = sandbox.git_ok(&["rev-parse", "HEAD"]);
    sandbox.write("notes.txt", "later\n");
    sandbox.commit("Something else");
    assert_eq!(first, site(&sandbox, "third", &["--rev", &tip]));
    assert_ne!(first, site(&sandbox, "fourth", &[]), "the pages name their commit");
    let json = sandbox.meed(&["site", &sandbox.key("third"), "--rev", &tip, "--format", "json"]).ok();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["rounds"].as_u64(), json["commit"].as_str()), (Some(6), Some(tip.as_str())));
    assert_eq!(json["amendments"], 1);
    assert_eq!(json["members"], members(&first).len());
    assert_eq!(json["files"], first.len());
    assert_eq!(json["verifies"], Value::Null);
    assert_eq!(json["unexplained"], serde_json::json!([]));
}

#[test]
fn nothing_of_others_is_lost() {
    let sandbox = Sandbox::closed(2);
    let older = sandbox.git_ok(&["rev-parse", "HEAD~2"]);
    let whole = site(&sandbox, "site", &[]);
    fs::write(sandbox.path("site/CNAME"), "rewards.example.org\n").unwrap();
    // An older commit has one round: the pages of the other go, what is somebody else's stays.
    let before = site(&sandbox, "site", &["--rev", &older]);
    assert!(whole.contains_key("rounds/2026-02/index.html"));
    assert!(!sandbox.path("site/rounds/2026-02").exists());
    assert_eq!(text(&before, "CNAME"), "rewards.example.org\n");
    // A page that somebody changed is kept, and nothing else is written either.
    fs::write(sandbox.path("site/check.html"), "mine\n").unwrap();
    let held = files_below(&sandbox.path("site"));
    let told = sandbox.meed(&["site", &sandbox.key("site")]).fails(2);
    assert!(told.contains("check.html") && !told.contains("index.html"), "{told}");
    assert_eq!(files_below(&sandbox.path("site")), held);
    // So is a file where a page is to be, and a link that leads out of the folder.
    let fresh = site(&sandbox, "other", &["--rev", &older]);
    fs::create_dir_all(sandbox.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("elsewhere"), sandbox.path("other/rounds/2026-02")).unwrap();
    let told = sandbox.meed(&["site", &sandbox.key("other")]).fails(2);
    assert!(told.contains("rounds/2026-02/index.html"), "{told}");
    assert_eq!(fs::read_dir(sandbox.path("elsewhere")).unwrap().count(), 0);
    // A run that was cut off is repeated.
    fs::remove_file(sandbox.path("other/rounds/2026-02")).unwrap();
    let marker =
        text(&fresh, "meed-site.json").replacen("\"files\"", "\"unfinished\": true,\n  \"files\"", 1);
    fs::write(sandbox.path("other/meed-site.json"), marker).unwrap();
    fs::write(sandbox.path("other/index.html"), "<!doct").unwrap();
    assert_eq!(site(&sandbox, "other", &[]), whole);
}

#[test]
fn hostile_names_stay_names() {
    let sandbox = hostile_ledger();
    let _ = sandbox.close(&[]).ok();
    let files = site(&sandbox, "site", &[]);
    check_links(&files);
    let mut lower = BTreeSet::new();
    for name in files.keys() {
        assert!(lower.insert(name.to_lowercase()), "{name} stands twice where letter case does not count");
        let own = name.starts_with("members/") || !name.contains('/');
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"./-".contains(&byte));
        assert!(!own || plain, "{name}");
    }
    assert!(members(&files).len() > 10);
    for name in files.keys().filter(|name| is_page(name) && !name.contains("/report/")) {
        let html = text(&files, name);
        for tag in ["<img", "<b onclick", "<script>alert", "<iframe"] {
            assert!(!html.contains(tag), "{name}: {tag}");
        }
        // The one script that runs, and on the first page the data of the search.
        assert_eq!(html.matches("<script").count(), 1 + usize::from(name == "index.html"), "{name}");
        let control = |character: char| character.is_control() && character != '\n';
        assert!(!html.contains(control), "{name}: a control character");
    }
}

/// A round with many recipients gives pages to the first of them only.
#[test]
fn a_large_round_gives_pages_to_its_first() {
    let sandbox = Sandbox::ledger();
    let mut table = "recipient,address,points\n".to_owned();
    for row in 1..=5_001_u32 {
        table += &format!("holder {row},0x{row:040x},{}\n", 10_000 - row);
    }
    sandbox.write("rounds/2026-01/table.csv", table);
    let round = r#"{"format": 1, "period": {"start": "2026-01-01", "end": "2026-01-31"}, "allocations": [
        {"name": "points", "method": "weighted-v1", "pool": "100000", "inputs": {"table": "table.csv"},
        "settings": {"weights": [{"column": "points"}]}}]}"#;
    sandbox.write("rounds/2026-01/round.json", round);
    sandbox.commit("A large round");
    let _ = sandbox.close(&[]).ok();
    let files = site(&sandbox, "site", &[]);
    assert_eq!(members(&files).len(), 2_000);
    let board = text(&files, "members.html");
    assert!(board.contains("2000 of 5001 people and teams have a page"), "the limit is not said");
    let round = text(&files, "rounds/2026-01/index.html");
    assert!(round.contains("The first 2000 of 5001 recipients"));
    // The first has a page, the last does not.
    assert!(files.contains_key(&format!("members/0x{:040x}.html", 1)));
    assert!(!files.contains_key(&format!("members/0x{:040x}.html", 5_001)));
    check_links(&files);
}

#[test]
fn a_ledgers_own_templates_win() {
    let sandbox = Sandbox::closed(1);
    let own =
        "{% extends \"site/base.html\" %}{% block main %}<p>ours: {{ rounds | length }}</p>{% endblock %}";
    sandbox.write("templates/site/index.html", own);
    sandbox.write("templates/page.css", "p { color: teal }\n");
    sandbox.commit("Templates of our own");
    let files = site(&sandbox, "site", &[]);
    let index = text(&files, "index.html");
    assert!(index.contains("<p>ours: 1</p>") && index.contains("p { color: teal }"), "{index}");
    sandbox.write("templates/site/index.html", "<p>\n{{ rounds | nothing }}\n");
    sandbox.commit("A broken template");
    let told = sandbox.meed(&["site", &sandbox.key("site")]).fails(2);
    assert!(told.starts_with("error: templates/site/index.html:2: "), "{told}");
    assert_eq!(files_below(&sandbox.path("site")), files, "nothing is written");
}

/// An input that is not here any more: the site is made, and says so.
#[test]
fn what_cannot_be_explained_is_said() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let _ = sandbox.close(&[]).ok();
    // The close is squashed into a commit that adds the inputs too: its parent has none.
    let _ = sandbox.git_ok(&["reset", "-q", "--soft", "HEAD~2"]);
    sandbox.commit("Squashed");
    let run = sandbox.meed(&["site", &sandbox.key("site")]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("2026-01: the amounts are not explained"), "{}", run.stderr);
    let files = files_below(&sandbox.path("site"));
    let page = members(&files)[0].clone();
    assert!(text(&files, &page).contains("so its amounts are not explained"), "{page}");
    assert!(text(&files, "rounds/2026-01/index.html").contains("do not explain its amounts"));
}

#[test]
fn the_site_holds_in_a_browser() {
    let hostile = hostile_ledger();
    let _ = hostile.close(&[]).ok();
    let (demo, _) = Sandbox::example();
    let mut pages: Vec<PathBuf> = Vec::new();
    for (sandbox, most) in [(&hostile, 2), (&demo, 3)] {
        let files = site(sandbox, "site", &[]);
        let own = ["index.html", "members.html", "trends.html", "check.html", "rounds/2026-01/index.html"];
        let members: Vec<&String> = members(&files);
        let names = own.into_iter().chain(members.into_iter().map(String::as_str).take(most));
        pages.extend(names.map(|name| sandbox.path("site").join(name)));
    }
    let pages: Vec<&str> = pages.iter().map(|page| page.to_str().unwrap()).collect();
    let Some(reports) = browser::look_at("the site in a browser", &pages) else { return };
    browser::nothing_is_wrong(&reports);
    for what in ["axe", "sort", "search", "find", "details", "without script", "print"] {
        assert!(browser::tried(&reports, what) > 0, "no page let the browser try: {what}");
    }
}

/// Whether a file of the site is a page.
fn is_page(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "html")
}
