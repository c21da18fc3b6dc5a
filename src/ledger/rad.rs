//! RAD round folders: `parameters.json` of the TEC's Rewards Analysis and Distribution dashboard,
//! read unchanged into the same [`Plan`] as meed's own rounds.
//!
//! Source: the folders that the TEC published. A RAD round's period is the first to the last day of its
//! praise file; its id is its folder's name; revision R reads `praise.R.csv` where `praise.1.csv` exists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::plan::{Allocation, Input, Plan, check_token};
use super::revision::path_in_revision;
use super::round_file::Period;
use super::round_id::RoundId;
use super::{LEDGER_FILE, Ledger, Token, TokenFile};
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown, Warning};
use crate::files::{self, Files};
use crate::tables::Table;

/// Keys that are accepted everywhere and ignored.
const IGNORED_KEYS: [&str; 3] = ["cross_period_root", "results_output_folder", "_comment"];
/// Keys of the top level.
const TOP_KEYS: [&str; 4] =
    ["distribution_name", "employed_reward_systems", "token_allocation_per_reward_system", "system_settings"];
/// Keys of a system's settings.
const SYSTEM_KEYS: [&str; 6] = [
    "input_files",
    "payout_token",
    "token_reward_percentages",
    "quantification_settings",
    "cross_period_settings",
    "categorization_settings",
];
/// Keys of the objects in a system's settings that are read here or by the pages.
const INNER_KEYS: [(&str, &[&str]); 4] = [
    ("input_files", &["praise_data", "rewardboard_list", "sourcecred_data"]),
    ("payout_token", &["token_name", "token_address"]),
    ("categorization_settings", &["type_keywords"]),
    ("cross_period_settings", &["cross_period_week_num", "cross_period_step_size"]),
];
/// The reward systems.
const SYSTEMS: [&str; 2] = ["praise", "sourcecred"];

/// Reads a RAD folder's `parameters.json` at `path`.
pub fn read(
    files: &Files,
    ledger: &Ledger,
    round: &RoundId,
    path: String,
    revision: u32,
) -> Result<(Plan, Vec<Error>), Problems> {
    let value: Map<String, Value> = files::read_json(&path, files.bytes(&path)?)?;
    let folder = ledger.folder_of(round);
    let mut reader = Reader {
        files,
        ledger,
        folder: &folder,
        revision,
        place: Place::file(&path),
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    reader.warn_of_unknown_keys(&value, &TOP_KEYS, "");
    if let Some(systems) = value.get("system_settings").and_then(Value::as_object) {
        reader.warn_of_unknown_keys(systems, &SYSTEMS, "system_settings.");
    }
    reader.check_name(&value, round);
    let systems = reader.systems(&value);
    let token = reader.token(&value, &systems);
    let praise_file = reader.praise_file(&value);
    let mut allocations = Vec::new();
    for (system, amount) in &systems {
        allocations.extend(reader.allocation(&value, system, amount, praise_file.as_deref(), round));
    }
    let praise_allocated = allocations.iter().any(|allocation| allocation.name == "praise");
    reader.check_overrides(&systems, round);
    let period = reader.period(praise_file.as_deref(), praise_allocated);
    let Reader { problems, warnings, .. } = reader;
    let mut read = BTreeSet::from([path.clone()]);
    read.extend(praise_file);
    let Some(period) = period else {
        return Problems::unless_empty(problems, ())
            .and_then(|()| Err(Error::RadPeriodUnknown { place: Place::file(&path) }.into()));
    };
    let round = round.clone();
    let plan = Plan { round, revision, folder, file: path, period, token, allocations, read, warnings };
    Ok(plan.checked(problems))
}

/// What the steps of reading share: where, and what was found wrong so far.
struct Reader<'a> {
    files: &'a Files,
    ledger: &'a Ledger,
    folder: &'a str,
    revision: u32,
    place: Place,
    problems: Vec<Error>,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    /// Reports a value that is missing or of another kind than RAD writes.
    fn unexpected(&mut self, name: &str, expected: &str) {
        self.problems.push(Error::JsonUnexpected {
            place: self.place.clone(),
            message: Shown::from(format!("`{name}` must be {expected}")),
        });
    }

    /// Where the revision that is read finds a file of the round.
    fn newest(&self, path: &str) -> String {
        path_in_revision(self.files, self.folder, path, self.revision)
    }

    /// Where it finds the file of a path that the parameters name.
    fn path_of(&mut self, path: &str) -> Option<String> {
        let path = files::path_within(self.folder, path, &self.place);
        path.map_err(|error| self.problems.push(error)).ok().map(|path| self.newest(&path))
    }

    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning::new(self.place.clone(), message));
    }

    fn warn_of_unknown_keys(&mut self, object: &Map<String, Value>, known: &[&str], within: &str) {
        let is_known = |key: &str| known.contains(&key) || IGNORED_KEYS.contains(&key);
        for key in object.keys().filter(|key| !is_known(key)) {
            self.warn(format!("`{within}{key}` is not known and is ignored"));
        }
    }

    /// Warns when the name inside the file is not the folder's, which is the round's id.
    fn check_name(&mut self, value: &Map<String, Value>, round: &RoundId) {
        let folder_name = round.as_str().rsplit('/').next().unwrap_or_default();
        if let Some(name) = value.get("distribution_name").and_then(Value::as_str)
            && name != folder_name
        {
            self.warn(format!(
                "`distribution_name` is `{name}`, but the folder, which counts, is `{folder_name}`"
            ));
        }
    }

    /// The employed systems and their allocations, position by position.
    fn systems(&mut self, value: &Map<String, Value>) -> Vec<(String, String)> {
        let mut texts = |name: &str| -> Vec<String> {
            let list = value.get(name).and_then(Value::as_array);
            let texts = list.map(|list| list.iter().filter_map(text_of_value).collect::<Vec<_>>());
            if texts.as_ref().map(Vec::len) != list.map(Vec::len) || texts.is_none() {
                self.unexpected(name, "a list of texts");
            }
            texts.unwrap_or_default()
        };
        let systems = texts("employed_reward_systems");
        let amounts = texts("token_allocation_per_reward_system");
        if systems.len() != amounts.len() {
            let (systems, allocations) = (systems.len(), amounts.len());
            self.problems.push(Error::RadLengthsDiffer { place: self.place.clone(), systems, allocations });
        }
        for system in systems.iter().filter(|system| !SYSTEMS.contains(&system.as_str())) {
            self.problems
                .push(Error::RadSystemUnknown { place: self.place.clone(), system: Shown::from(system) });
        }
        systems.into_iter().zip(amounts).collect()
    }

    /// The round's token: that of the systems, which must agree; decimals are the ledger's.
    fn token(&mut self, value: &Map<String, Value>, systems: &[(String, String)]) -> Token {
        let mut found: Option<TokenFile> = None;
        for (system, _) in systems {
            let Some(token) = settings_of(value, system).and_then(|settings| settings.get("payout_token"))
            else {
                continue;
            };
            let text = |name: &str| token.get(name).and_then(Value::as_str).map(str::to_owned);
            let Some(symbol) = text("token_name") else {
                self.unexpected(&format!("system_settings.{system}.payout_token.token_name"), "a text");
                continue;
            };
            let token = TokenFile {
                symbol,
                decimals: self.ledger.token.decimals,
                address: text("token_address"),
                chain_id: self.ledger.token.chain_id,
            };
            match &found {
                Some(first) if !same_token(first, &token) => {
                    let show = |token: &TokenFile| {
                        Shown::from(
                            format!("{} {}", token.symbol, token.address.as_deref().unwrap_or("")).trim(),
                        )
                    };
                    let (first, second) = (show(first), show(&token));
                    self.problems.push(Error::RadTokensDiffer { place: self.place.clone(), first, second });
                }
                _ => found = Some(token),
            }
        }
        match found {
            None => self.ledger.token.clone(),
            Some(token) => {
                check_token(&token, self.ledger, &self.place, &mut self.problems, &mut self.warnings)
            }
        }
    }

    /// The praise file that this revision reads, from the ledger's root.
    fn praise_file(&mut self, value: &Map<String, Value>) -> Option<String> {
        let named =
            settings_of(value, "praise")?.get("input_files")?.get("praise_data").and_then(Value::as_str);
        if self.files.contains(&format!("{}/praise.1.csv", self.folder)) {
            let read = format!("praise.{}.csv", self.revision);
            if named.is_some_and(|named| named != read) {
                let named = named.unwrap_or_default();
                self.warn(format!(
                    "`praise_data` is `{named}`, but revision {} reads {read}, because praise.1.csv exists",
                    self.revision
                ));
            }
            return Some(self.newest(&format!("{}/{read}", self.folder)));
        }
        self.path_of(named?)
    }

    /// The days of the first and the last praise, in UTC.
    fn period(&mut self, praise_file: Option<&str>, needed: bool) -> Option<Period> {
        // The file of a system that is skipped need not exist; but then nothing gives the dates.
        let Some(path) = praise_file.filter(|path| needed || self.files.contains(path)) else {
            self.problems.push(Error::RadPeriodUnknown { place: self.place.clone() });
            return None;
        };
        let table = match self
            .files
            .bytes(path)
            .map_err(|error| vec![error])
            .and_then(|bytes| Table::read(path, bytes, &["DATE"]))
        {
            Ok(table) => table,
            Err(problems) => {
                self.problems.extend(problems);
                return None;
            }
        };
        let days: Result<Vec<_>, _> = table.rows().map(|row| row.instant("date")).collect();
        // A date that cannot be read is reported once, by the method that reads the table.
        let days: Vec<_> =
            days.ok()?.into_iter().map(|instant| instant.to_zoned(jiff::tz::TimeZone::UTC).date()).collect();
        match (days.iter().min(), days.iter().max()) {
            (Some(start), Some(end)) => Some(Period { start: *start, end: *end }),
            _ => {
                self.problems.push(Error::RadPeriodUnknown { place: Place::file(path) });
                None
            }
        }
    }

    /// The allocation of one system, or `None` when it is skipped or cannot be read.
    fn allocation(
        &mut self,
        value: &Map<String, Value>,
        system: &str,
        amount: &str,
        praise_file: Option<&str>,
        round: &RoundId,
    ) -> Option<Allocation> {
        let what = format!("token allocation of `{system}`");
        let declared = match Amount::parse(amount, self.ledger.token.decimals, &self.place, &what) {
            Ok(Amount::ZERO) => return None,
            Ok(amount) => amount,
            Err(error) => {
                self.problems.push(error);
                return None;
            }
        };
        let Some(settings) = settings_of(value, system) else {
            self.problems
                .push(Error::RadSettingsMissing { place: self.place.clone(), system: Shown::from(system) });
            return None;
        };
        self.warn_of_unknown_keys(settings, &SYSTEM_KEYS, &format!("system_settings.{system}."));
        for (name, known) in INNER_KEYS {
            if let Some(inner) = settings.get(name).and_then(Value::as_object) {
                self.warn_of_unknown_keys(inner, known, &format!("system_settings.{system}.{name}."));
            }
        }
        let (method, inputs, settings) = match system {
            "praise" => {
                ("praise-v1", self.praise_inputs(settings, praise_file)?, self.praise_settings(settings))
            }
            "sourcecred" => {
                let file = self.input_file(settings, system, "sourcecred_data")?;
                let inputs = BTreeMap::from([("sourcecred".to_owned(), Input::Files(vec![file]))]);
                ("sourcecred-v1", inputs, object(&json!({"amounts": "as-given"})))
            }
            _ => return None, // reported as unknown already
        };
        let overrides = self.ledger.overrides_of(round).and_then(|overrides| overrides.get(system));
        Some(Allocation {
            name: system.to_owned(),
            method: method.to_owned(),
            declared: Some(declared),
            inputs,
            settings,
            overrides: overrides.cloned().unwrap_or_default(),
        })
    }

    /// The path of an input file that the settings of a system name.
    fn input_file(&mut self, settings: &Map<String, Value>, system: &str, name: &str) -> Option<String> {
        let Some(path) =
            settings.get("input_files").and_then(|files| files.get(name)).and_then(Value::as_str)
        else {
            self.unexpected(&format!("system_settings.{system}.input_files.{name}"), "a text");
            return None;
        };
        self.path_of(path)
    }

    fn praise_inputs(
        &mut self,
        settings: &Map<String, Value>,
        praise_file: Option<&str>,
    ) -> Option<BTreeMap<String, Input>> {
        let Some(praise) = praise_file else {
            self.unexpected("system_settings.praise.input_files.praise_data", "a text");
            return None;
        };
        let mut inputs = BTreeMap::from([("praise".to_owned(), Input::Files(vec![praise.to_owned()]))]);
        if settings.get("input_files").and_then(|files| files.get("rewardboard_list")).is_some() {
            let board = self.input_file(settings, "praise", "rewardboard_list")?;
            inputs.insert("rewardboard".to_owned(), Input::Files(vec![board]));
        }
        Some(inputs)
    }

    /// The settings of praise-v1 that RAD's stand for. What is absent is left to praise-v1, which
    /// says what is missing.
    fn praise_settings(&mut self, settings: &Map<String, Value>) -> Map<String, Value> {
        let mut result = object(&json!({"unlisted_scores": "accept"}));
        let none = Map::new();
        let shares = settings.get("token_reward_percentages").and_then(Value::as_object).unwrap_or(&none);
        let quantification =
            settings.get("quantification_settings").and_then(Value::as_object).unwrap_or(&none);
        let cross_period = settings.get("cross_period_settings").and_then(Value::as_object).unwrap_or(&none);
        let categorization =
            settings.get("categorization_settings").and_then(Value::as_object).unwrap_or(&none);
        let names = [
            (shares, "contributor_rewards", "contributor_share"),
            (shares, "quantifier_rewards", "quantifier_share"),
            (shares, "rewardboard_rewards", "rewardboard_share"),
            (shares, "ceiling_cutoff", "ceiling_cutoff"),
            (quantification, "number_of_quantifiers_per_praise_receiver", "quantifiers"),
            (quantification, "praise_quantify_allowed_values", "allowed_values"),
            (quantification, "praise_quantify_duplicate_praise_valuation", "duplicate_valuation"),
            (cross_period, "cross_period_week_num", "cross_period_weeks"),
            (cross_period, "cross_period_step_size", "cross_period_step_weeks"),
            (categorization, "type_keywords", "type_keywords"),
        ];
        for (object, from, to) in names {
            if let Some(value) = object.get(from) {
                result.insert(to.to_owned(), value.clone());
            }
        }
        let share_keys =
            ["contributor_rewards", "quantifier_rewards", "rewardboard_rewards", "ceiling_cutoff"];
        self.warn_of_unknown_keys(shares, &share_keys, "token_reward_percentages.");
        let quantification_keys = [
            "number_of_quantifiers_per_praise_receiver",
            "praise_quantify_allowed_values",
            "praise_quantify_receiver_pseudonyms",
            "praise_quantify_receiver_prseudonyms",
            "praise_quantify_duplicate_praise_valuation",
        ];
        self.warn_of_unknown_keys(quantification, &quantification_keys, "quantification_settings.");
        result
    }

    /// Overrides of systems that the round does not allocate to.
    fn check_overrides(&mut self, systems: &[(String, String)], round: &RoundId) {
        for name in self.ledger.overrides_of(round).into_iter().flat_map(BTreeMap::keys) {
            if !systems.iter().any(|(system, _)| system == name) {
                self.problems.push(Error::OverrideUnknown {
                    place: Place::file(LEDGER_FILE),
                    what: "allocation",
                    name: Shown::from(name),
                    round: Shown::from(format!("round `{round}`")),
                });
            }
        }
    }
}

/// The settings of a system.
fn settings_of<'a>(value: &'a Map<String, Value>, system: &str) -> Option<&'a Map<String, Value>> {
    value.get("system_settings")?.get(system)?.as_object()
}

/// The text of a JSON text, or of a number as it is written.
fn text_of_value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The map of a JSON object that is one.
fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Whether two systems name one token; letter case of the contract does not matter.
fn same_token(first: &TokenFile, second: &TokenFile) -> bool {
    let lower = |token: &TokenFile| token.address.as_deref().map(str::to_lowercase);
    first.symbol == second.symbol && lower(first) == lower(second)
}
