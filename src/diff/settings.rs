//! The settings of the two sides, field by field: those of the round's file, allocation by allocation,
//! and those of ledger.json. `round.json` and RAD's `parameters.json` are told in the same words, so
//! that a round of one kind can be held against one of the other.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Side;
use super::inputs::{InputFile, Owner, content, is_round_file};
use crate::error::Problems;
use crate::files;
use crate::ledger::LEDGER_FILE;
use crate::ledger::round_id::RAD_FILE;

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// The file that says it.
    pub file: String,
    /// What it is about: `the round`, `allocation praise`, `the ledger`.
    pub subject: String,
    /// The field in words.
    pub field: String,
    /// Where it stands in the file, as a JSON Pointer; an allocation by its name.
    pub pointer: String,
    /// What it was; none where it was not there.
    pub before: Option<String>,
    /// What it is; none where it is not there.
    pub after: Option<String>,
}

/// A field of a side.
#[derive(Debug, Clone)]
struct Fact {
    file: String,
    subject: String,
    field: String,
    pointer: String,
    text: String,
}

/// Compares the settings of two sides.
///
/// Errors: a file is not JSON.
pub fn compare(before: &Side, after: &Side) -> Result<Vec<SettingChange>, Problems> {
    let mut changes = differences(&of_side(before), &of_side(after));
    for find in [round_file as fn(&Side) -> Option<&InputFile>, ledger_file] {
        let (old, new) = (find(before), find(after));
        let bytes = |side, file: Option<&InputFile>| file.and_then(|file| content(side, file).ok());
        // One that is not here is told of among the inputs.
        let (Some(old_bytes), Some(new_bytes)) = (bytes(before, old), bytes(after, new)) else { continue };
        let facts =
            |file: Option<&InputFile>, bytes| file.map_or(Ok(Vec::new()), |file| of_file(file, bytes));
        changes.extend(differences(&facts(old, old_bytes)?, &facts(new, new_bytes)?));
    }
    // The round's own first, its parts together.
    let mut subjects: Vec<String> = Vec::new();
    for change in &changes {
        if !subjects.contains(&change.subject) {
            subjects.push(change.subject.clone());
        }
    }
    changes.sort_by_key(|change| subjects.iter().position(|subject| *subject == change.subject));
    Ok(changes)
}

fn round_file(side: &Side) -> Option<&InputFile> {
    side.inputs.iter().find(|file| is_round_file(&file.name))
}

fn ledger_file(side: &Side) -> Option<&InputFile> {
    side.inputs.iter().find(|file| file.name.owner == Owner::Ledger && file.name.path == LEDGER_FILE)
}

/// What holds for a side wherever it is written: period and token.
fn of_side(side: &Side) -> Vec<Fact> {
    let Side { period, token, .. } = side;
    let file = round_file(side).map_or_else(String::new, |file| file.name.path.clone());
    let fact = |field: &str, pointer: &str, text: &str| Fact {
        file: file.clone(),
        subject: ROUND.to_owned(),
        field: field.to_owned(),
        pointer: pointer.to_owned(),
        text: text.to_owned(),
    };
    let mut facts = vec![
        fact("first day of the period", "/period/start", &period.start),
        fact("last day of the period", "/period/end", &period.end),
        fact("symbol of the token", "/token/symbol", &token.symbol),
    ];
    // In lower case, as statements have it.
    facts.extend(
        token.address.as_ref().map(|address| fact("address of the token", "/token/address", address)),
    );
    facts.extend(
        token.chain_id.map(|chain| fact("chain of the token", "/token/chain_id", &chain.to_string())),
    );
    facts
}

/// The subject of what concerns the whole round.
const ROUND: &str = "the round";

/// The fields of a file.
fn of_file(file: &InputFile, bytes: &[u8]) -> Result<Vec<Fact>, Problems> {
    let value: Map<String, Value> = files::read_json(&file.path, bytes)?;
    let mut facts = Facts { file: file.name.path.clone(), facts: Vec::new() };
    match (file.name.owner, file.name.path.as_str()) {
        (Owner::Ledger, _) => facts.add_members("the ledger", "", "", &value),
        (Owner::Round, RAD_FILE) => facts.add_rad(&value),
        (Owner::Round, _) => facts.add_round(&value),
    }
    Ok(facts.facts)
}

/// The fields of a file, in its order.
struct Facts {
    file: String,
    facts: Vec<Fact>,
}

impl Facts {
    /// Fields of round.json.
    fn add_round(&mut self, value: &Map<String, Value>) {
        for (name, value) in value {
            match (name.as_str(), value) {
                // What holds of these is told by `of_side`; `revises` only says which file this is.
                ("period" | "token" | "revises", _) => {}
                ("allocations", Value::Array(allocations)) => {
                    allocations.iter().filter_map(Value::as_object).for_each(|it| self.add_allocation(it));
                }
                _ => self.add(ROUND, name, &format!("/{}", escaped(name)), value),
            }
        }
    }

    /// Fields of an allocation of round.json.
    fn add_allocation(&mut self, allocation: &Map<String, Value>) {
        let name = allocation.get("name").and_then(Value::as_str).unwrap_or_default();
        let subject = format!("allocation {name}");
        let pointer = format!("/allocations/{}", escaped(name));
        self.add_presence(&subject, &pointer);
        for (field, value) in allocation {
            let below = format!("{pointer}/{}", escaped(field));
            match (field.as_str(), value) {
                ("name", _) => {}
                ("inputs", Value::Object(members)) => self.add_members(&subject, "input", &below, members),
                ("settings", Value::Object(members)) => {
                    self.add_members(&subject, "setting", &below, members);
                }
                _ => self.add(&subject, field, &below, value),
            }
        }
    }

    /// Fields of parameters.json. The pools stand in a list beside that of the systems; a system with
    /// `0` takes no part.
    fn add_rad(&mut self, value: &Map<String, Value>) {
        const SYSTEMS: &str = "employed_reward_systems";
        const POOLS: &str = "token_allocation_per_reward_system";
        let list = |name: &str| value.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (place, (system, pool)) in list(SYSTEMS).iter().zip(list(POOLS)).enumerate() {
            let subject = format!("allocation {}", text_of(system));
            if text_of(pool) != "0" {
                self.add_presence(&subject, &format!("/{SYSTEMS}/{place}"));
                self.add(&subject, "pool", &format!("/{POOLS}/{place}"), pool);
            }
        }
        for (name, value) in value {
            match (name.as_str(), value) {
                (SYSTEMS | POOLS, _) => {}
                ("system_settings", Value::Object(systems)) => {
                    for (system, settings) in systems {
                        self.add_rad_settings(system, settings);
                    }
                }
                _ => self.add(ROUND, name, &format!("/{}", escaped(name)), value),
            }
        }
    }

    /// The settings of a system in parameters.json.
    fn add_rad_settings(&mut self, system: &str, settings: &Value) {
        let subject = format!("allocation {system}");
        let pointer = format!("/system_settings/{}", escaped(system));
        let Some(settings) = settings.as_object() else {
            return self.add(&subject, "setting", &pointer, settings);
        };
        for (field, value) in settings {
            let below = format!("{pointer}/{}", escaped(field));
            match (field.as_str(), value) {
                ("payout_token", _) => {}
                ("input_files", Value::Object(members)) => {
                    self.add_members(&subject, "input", &below, members);
                }
                _ => self.add(&subject, &format!("setting {field}"), &below, value),
            }
        }
    }

    /// That there is such an allocation.
    fn add_presence(&mut self, subject: &str, pointer: &str) {
        self.push(subject, "the allocation itself", pointer, "there".to_owned());
    }

    /// All members of an object, with `words` before their names.
    fn add_members(&mut self, subject: &str, words: &str, pointer: &str, members: &Map<String, Value>) {
        for (name, value) in members {
            let field = format!("{words} {name}");
            self.add(subject, field.trim(), &format!("{pointer}/{}", escaped(name)), value);
        }
    }

    /// A value: a list of plain values in one, all else part by part.
    fn add(&mut self, subject: &str, field: &str, pointer: &str, value: &Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.add_members(subject, field, pointer, members);
            }
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                for (place, item) in items.iter().enumerate() {
                    self.add(subject, &format!("{field} {}", place + 1), &format!("{pointer}/{place}"), item);
                }
            }
            Value::Array(items) => {
                let texts: Vec<String> = items.iter().map(text_of).collect();
                let text = if texts.is_empty() { "an empty list".to_owned() } else { texts.join(", ") };
                self.push(subject, field, pointer, text);
            }
            Value::Object(_) => self.push(subject, field, pointer, "nothing".to_owned()),
            plain => self.push(subject, field, pointer, text_of(plain)),
        }
    }

    fn push(&mut self, subject: &str, field: &str, pointer: &str, text: String) {
        self.facts.push(Fact {
            file: self.file.clone(),
            subject: subject.to_owned(),
            field: field.to_owned(),
            pointer: pointer.to_owned(),
            text,
        });
    }
}

/// The text of a plain value: of a text itself, a number as it is written.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A name as a part of a JSON Pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The fields that are not in both, or not the same: those of the second side in its order, then those
/// that only the first has.
fn differences(before: &[Fact], after: &[Fact]) -> Vec<SettingChange> {
    let index = |facts: &[Fact]| -> BTreeMap<(String, String), String> {
        facts.iter().map(|fact| ((fact.subject.clone(), fact.field.clone()), fact.text.clone())).collect()
    };
    let (old, new) = (index(before), index(after));
    let gone = before.iter().filter(|fact| !new.contains_key(&(fact.subject.clone(), fact.field.clone())));
    let mut changes = Vec::new();
    for fact in after.iter().chain(gone) {
        let name = (fact.subject.clone(), fact.field.clone());
        let (old, new) = (old.get(&name), new.get(&name));
        if old != new {
            changes.push(SettingChange {
                file: fact.file.clone(),
                subject: fact.subject.clone(),
                field: fact.field.clone(),
                pointer: fact.pointer.clone(),
                before: old.cloned(),
                after: new.cloned(),
            });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::inputs::InputName;

    fn facts(path: &str, text: &str) -> Vec<Fact> {
        let owner = if path == LEDGER_FILE { Owner::Ledger } else { Owner::Round };
        let name = InputName { owner, path: path.to_owned() };
        let file = InputFile { name, path: path.to_owned(), sha256: String::new(), bytes: 0 };
        of_file(&file, text.as_bytes()).unwrap()
    }

    fn told(before: &[Fact], after: &[Fact]) -> Vec<String> {
        let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let line = |change: SettingChange| {
            format!(
                "{}: {}: {} -> {}",
                change.subject,
                change.field,
                shown(change.before),
                shown(change.after)
            )
        };
        differences(before, after).into_iter().map(line).collect()
    }

    #[test]
    fn fields_are_told_in_words() {
        let before = facts(
            "round.json",
            r#"{"format": 1, "period": {}, "allocations": [
                {"name": "praise", "method": "praise-v1", "pool": "10", "inputs": {"praise": "p.csv"}, "settings": {"shares": [1, 2], "parts": [{"a": "x"}]}},
                {"name": "gone", "method": "work-v1"}]}"#,
        );
        let after = facts(
            "round.json",
            r#"{"format": 1, "allocations": [
                {"name": "praise", "method": "praise-v2", "pool": "12", "inputs": {"praise": ["p.csv", "q.csv"]}, "settings": {"shares": [1], "parts": [{"a": "y"}]}}]}"#,
        );
        assert_eq!(
            told(&before, &after),
            [
                "allocation praise: method: praise-v1 -> praise-v2",
                "allocation praise: pool: 10 -> 12",
                "allocation praise: input praise: p.csv -> p.csv, q.csv",
                "allocation praise: setting shares: 1, 2 -> 1",
                "allocation praise: setting parts 1 a: x -> y",
                "allocation gone: the allocation itself: there -> -",
                "allocation gone: method: work-v1 -> -",
            ]
        );
        // RAD's file in the same words; a number and a text that read alike are the same.
        let rad = |pool: &str, cutoff: &str| {
            facts(
                "parameters.json",
                &format!(
                    r#"{{"employed_reward_systems": ["praise", "sourcecred"], "token_allocation_per_reward_system": [{pool}, "0"],
                    "system_settings": {{"praise": {{"payout_token": {{"token_name": "TOK"}}, "token_reward_percentages": {{"ceiling_cutoff": {cutoff}}}}}}}}}"#
                ),
            )
        };
        assert_eq!(told(&rad("\"10\"", "500"), &rad("11", "\"500\"")), ["allocation praise: pool: 10 -> 11"]);
        assert_eq!(
            told(&facts(LEDGER_FILE, r#"{"a/b": {"c": "1"}}"#), &facts(LEDGER_FILE, r#"{"a/b": {}}"#)),
            ["the ledger: a/b: - -> nothing", "the ledger: a/b c: 1 -> -"]
        );
    }
}
