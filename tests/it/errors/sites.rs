//! Errors about the folder of a site.

use std::fs;

use super::{Example, Sandbox, Start, example};

/// `meed site` into a folder beside the ledger.
const SITE: &[&str] = &["site", "TMP/site"];

/// The site is written after `prepare` has put something in its way.
fn of_site(name: &'static str, prepare: fn(&Sandbox)) -> Example {
    example(name, prepare).start(Start::Closed).args(SITE)
}

pub fn examples() -> Vec<Example> {
    vec![
        of_site("site-folder-foreign", |sandbox| {
            fs::create_dir(sandbox.path("site")).unwrap();
            fs::write(sandbox.path("site/thesis.txt"), "not to be lost\n").unwrap();
        }),
        of_site("site-folder-foreign--other-ledger", |sandbox| {
            fs::create_dir(sandbox.path("site")).unwrap();
            let marker = r#"{"format": 1, "ledger": "another", "commit": "", "files": {}}"#;
            fs::write(sandbox.path("site/meed-site.json"), marker).unwrap();
        }),
        of_site("site-folder-foreign--marker", |sandbox| {
            fs::create_dir(sandbox.path("site")).unwrap();
            let marker = r#"{"format": 1, "ledger": "0123456789abcdef0123456789abcdef", "commit": "", "files": {"../ledger/ledger.json": ""}}"#;
            fs::write(sandbox.path("site/meed-site.json"), marker).unwrap();
        }),
        of_site("site-file-changed", |sandbox| {
            let _ = sandbox.meed(&["site", &sandbox.key("site")]).ok();
            fs::write(sandbox.path("site/index.html"), "<p>mine\n").unwrap();
            fs::write(sandbox.path("site/trends.html"), "<p>mine too\n").unwrap();
        }),
        of_site("usage--site-in-rounds", |_| {}).args(&["site", "rounds/site"]),
    ]
}
