//! The architecture of `src/lib.rs`, held against the source: which layer knows of which, which
//! crate is used where, and what the pure part never does. And the one spelling of each method.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use meed::methods::Method;

use crate::support::package;

/// Most lines of code (tests not counted) of a file that a person can hold in mind.
const LINES_MOST: usize = 420;
/// Files that are longer, with the reason and their own limit.
const LONGER: [(&str, usize, &str); 1] = [("error.rs", 720, "one table of all errors")];
/// What the pure part never does.
const IMPURE: [&str; 15] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "println!",
    "eprintln!",
    "HashMap",
    "HashSet",
    "rand",
    "getrandom",
    "f64",
    "f32",
];
/// Where a word of `IMPURE` is no sin: file, word, reason.
const HARMLESS: [(&str, &str, &str); 2] = [
    (
        "files.rs",
        "f64",
        "the reader of JSON says to serde that it accepts numbers; it looks at their text only",
    ),
    ("methods/reals.rs", "f64", "statistics, which change no amount"),
];

/// A row of the table of layers.
struct Layer {
    name: String,
    crates: Vec<String>,
}

/// A source file without its tests and comments.
struct Source {
    /// The path below `src`.
    path: String,
    /// The layer it belongs to: the first part of its path.
    layer: String,
    /// The whole text.
    text: String,
    /// What is not comment and not test.
    code: String,
}

/// The rows of the table in `src/lib.rs`, from the top down.
fn layers() -> Vec<Layer> {
    let text = fs::read_to_string(package().join("src/lib.rs")).unwrap();
    let from = text.find("//! # Layers").unwrap();
    let block = text[from..].split("```").nth(1).unwrap();
    let rows = block.lines().skip(1).map(|line| line.trim_start_matches("//!").trim());
    let rows = rows.filter(|row| !row.is_empty()).map(|row| {
        let (name, rest) = row.split_once(' ').unwrap();
        let columns: Vec<&str> = rest.trim().splitn(2, "  ").collect();
        let crates = columns.get(1).unwrap_or(&"").split_whitespace().map(str::to_owned).collect();
        Layer { name: name.to_owned(), crates }
    });
    rows.collect()
}

/// All files of `src`, tests aside.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    read(&package().join("src"), "", &mut sources);
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(sources.len() > 30, "only {} source files were found", sources.len());
    sources
}

fn read(folder: &Path, prefix: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let inner = format!("{prefix}{name}");
        if name == "tests" || name == "tests.rs" {
            continue;
        }
        if path.is_dir() {
            read(&path, &format!("{inner}/"), sources);
            continue;
        }
        assert!(
            path.extension().is_some_and(|extension| extension == "rs"),
            "src/{inner} is not a source file"
        );
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let layer = inner.split(['/', '.']).next().unwrap().to_owned();
        sources.push(Source { path: inner, layer, text, code });
    }
}

/// The places of `word` in `code`, where it stands alone: not as part of a longer name.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !code[..*at].ends_with(is_name) && !code[at + word.len()..].starts_with(is_name))
}

/// The modules that follow `root` (`crate::`, `meed::`) in the code, those in braces too.
fn modules(code: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    for at in words(code, root.trim_end_matches(':')) {
        let Some(rest) = code[at..].strip_prefix(root) else { continue };
        let name = |text: &str| {
            text.trim()
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect::<String>()
        };
        let Some(group) = rest.strip_prefix('{') else {
            found.push(name(rest));
            continue;
        };
        found.extend(parts_of_group(group).map(name).filter(|name| !name.is_empty()));
    }
    found
}

/// The parts of a `use` group, whose opening brace is taken off: split at its own commas, up to its end.
fn parts_of_group(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let end = group.find(|character| {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return true,
            '}' => depth -= 1,
            _ => {}
        }
        false
    });
    let mut depth = 0_usize;
    group[..end.unwrap()].split(move |character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0 && character == ','
    })
}

#[test]
fn arrows_only_point_down() {
    let layers = layers();
    let height = |name: &str| layers.iter().position(|layer| layer.name == name);
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.layer != "lib") {
        let Some(own) = height(&source.layer) else {
            wrong.push(format!("src/{} belongs to no layer of src/lib.rs", source.path));
            continue;
        };
        let root = if source.layer == "main" { "meed::" } else { "crate::" };
        for module in modules(&source.code, root) {
            match height(&module) {
                None => wrong.push(format!("src/{} names {root}{module}, which is no layer", source.path)),
                Some(other) if other < own => {
                    wrong.push(format!("src/{} uses {root}{module}, which stands above it", source.path));
                }
                Some(_) => {}
            }
        }
        // `super` may not be a back door to the root of the crate.
        let depth = source.path.matches('/').count();
        let back_door = "super::".repeat(depth + 1);
        if source.code.contains(&back_door) {
            wrong.push(format!("src/{} reaches the root by `{back_door}`: write `crate::`", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_layer_is_there() {
    let sources = sources();
    for layer in layers() {
        let stands_for_files = !["anywhere", "linked"].contains(&layer.name.as_str());
        let has_file = sources.iter().any(|source| source.layer == layer.name);
        assert_eq!(stands_for_files, has_file, "layer {}", layer.name);
    }
}

#[test]
fn crates_are_used_where_the_table_says() {
    let mut allowed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for layer in layers() {
        for name in layer.crates {
            allowed.entry(name).or_default().push(layer.name.clone());
        }
    }
    let mut wrong = Vec::new();
    for name in dependencies() {
        let Some(layers) = allowed.remove(&name) else {
            wrong.push(format!("{name} is a dependency and stands in no row of src/lib.rs"));
            continue;
        };
        let used: Vec<(String, String)> = sources()
            .into_iter()
            .filter(|source| {
                let is_path = |at: usize| {
                    source.code[at + name.len()..].starts_with("::") || source.code[..at].ends_with("use ")
                };
                words(&source.code, &name).any(is_path)
            })
            .map(|source| (source.layer, source.path))
            .collect();
        if layers == ["linked"] || layers == ["anywhere"] {
            if (layers == ["linked"]) != used.is_empty() {
                wrong.push(format!("{name} is listed as {}, but used in {used:?}", layers[0]));
            }
            continue;
        }
        for (_, path) in used.iter().filter(|(layer, _)| !layers.contains(layer)) {
            wrong.push(format!("src/{path} uses {name}, which belongs to {}", layers.join(", ")));
        }
        for layer in layers.iter().filter(|layer| !used.iter().any(|(used, _)| used == *layer)) {
            wrong.push(format!("{layer} lists {name} and does not use it"));
        }
    }
    wrong.extend(allowed.keys().map(|name| format!("{name} stands in src/lib.rs and is no dependency")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The dependencies of the package, as the code writes them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(package().join("Cargo.toml")).unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let lines = section.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let names =
        lines.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim().replace('-', "_"));
    let names: Vec<String> = names.collect();
    assert!(names.len() > 10, "{names:?}");
    names
}

#[test]
fn the_pure_part_is_pure() {
    let layers = layers();
    let from = layers.iter().position(|layer| layer.name == "calculate").unwrap();
    let pure: Vec<&str> = layers[from..].iter().map(|layer| layer.name.as_str()).collect();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| pure.contains(&source.layer.as_str())) {
        for word in IMPURE {
            let harmless = HARMLESS.iter().any(|(path, allowed, _)| *path == source.path && *allowed == word)
                // Pages hold statistics and drawings; no amount depends on them.
                || source.layer == "report" && word == "f64";
            if !harmless && words(&source.code, word).next().is_some() {
                wrong.push(format!("src/{} holds `{word}`", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_tidy() {
    let mut wrong = Vec::new();
    for source in sources() {
        let path = &source.path;
        if !source.text.starts_with("//!") {
            wrong.push(format!("src/{path} does not begin with a comment on the module"));
        }
        if ["TODO", "FIXME", "XXX", "dbg!"].iter().any(|word| words(&source.text, word).next().is_some()) {
            wrong.push(format!("src/{path} holds a note of something to do"));
        }
        let lines = source.text.split("#[cfg(test)]\nmod tests {").next().unwrap().lines().count();
        let longer = LONGER.iter().find(|(longer, _, _)| longer == path);
        let most = longer.map_or(LINES_MOST, |(_, most, _)| *most);
        if lines > most {
            wrong.push(format!("src/{path} has {lines} lines of code; at most {most}"));
        }
        if longer.is_some() && lines <= LINES_MOST {
            wrong.push(format!("src/{path} is listed as longer than {LINES_MOST} lines and is not"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The texts of all round.json files below a folder.
fn round_files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(round_files_below(&path));
        } else if path.file_name().unwrap() == "round.json" {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// A method is not there before all its places are: code, schema, vectors, a round file of the
/// example, a row of the README. And nothing is there without a method.
#[test]
fn a_method_is_spelled_one_way() {
    let readme = fs::read_to_string(package().join("README.md")).unwrap();
    for id in Method::ALL.map(Method::id) {
        let source = format!("src/methods/{}.rs", id.replace('-', "_"));
        for place in [&source, &format!("schemas/methods/{id}.schema.json"), &format!("tests/vectors/{id}")] {
            assert!(package().join(place).exists(), "{id}: {place} is missing");
        }
        let text = fs::read_to_string(package().join(&source)).unwrap();
        assert!(text.starts_with(&format!("//! {id}: ")), "{id}: {source} does not begin with `//! {id}: `");
        for folder in [format!("tests/vectors/{id}"), "ledger-example/rounds".to_owned()] {
            let named = round_files_below(&package().join(&folder)).iter().any(|text| {
                let round: serde_json::Value = serde_json::from_str(text).unwrap();
                let allocations = round["allocations"].as_array().cloned().unwrap_or_default();
                allocations.iter().any(|allocation| allocation["method"] == id)
            });
            assert!(named, "{id}: no round file in {folder} names it");
        }
        assert_eq!(Method::parse(id).map(Method::id), Some(id));
        let is_row = |line: &str| line.starts_with('|') && line.contains(&format!("`{id}`"));
        assert!(readme.lines().any(is_row), "{id}: no row in README.md's table of methods");
    }
    let is_known = |name: &str| Method::ALL.iter().any(|method| method.id() == name);
    for (folder, ending) in
        [("src/methods", ".rs"), ("schemas/methods", ".schema.json"), ("tests/vectors", "")]
    {
        for entry in fs::read_dir(package().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if folder == "src/methods" && !name.contains("_v") {
                continue; // what methods share
            }
            let stem = name.strip_suffix(ending).unwrap_or(&name).replace('_', "-");
            assert!(is_known(&stem), "{folder}/{name} belongs to no method");
        }
    }
}
