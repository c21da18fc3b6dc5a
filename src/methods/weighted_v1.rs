//! weighted-v1: any table, with transforms, filters, caps and floors: the general method for rules
//! that no other method has.
//!
//! Source: meed's own. Frozen as version 1.
//!
//! # The table
//!
//! Input `table`: any table; the settings say which columns mean what, in any letter case. Filters
//! come first: a row that one leaves out is not read any further.
//! * `filters` `[{column, minimum, maximum, in}]`, at most 100, in their order: a row that does not
//!   pass all of them is left out. `minimum` and `maximum` are inclusive decimals; an empty cell does
//!   not pass them. `in` is a list of texts, compared after NFC and trimming, letter case counting.
//!   A filter has at least one of the three, and all that it has must hold.
//! * `recipient` (column of the name, default `recipient`), `address` (column, default `address`),
//!   `account` (column of account ids; none by default). A column that a setting names must exist; of
//!   the recipient's and the address column at least one. A row needs a name, an account or an
//!   address. The recipient key is the address, else `id:<account>`, else `name:<name>`. Of
//!   several names the smallest in bytes is shown, and none where the file gives none. One account id, or where a row
//!   has none one name, with two addresses is an error; with an address in one row and none in another
//!   it is two recipients, with a warning.
//! * `rows`: what several rows of one recipient key (after the filters) mean: `refuse` (default: an
//!   error), `add` (their values are added column by column, then transformed), `each` (every row
//!   gets a weight of its own, and these are added).
//!
//! # Weights
//!
//! All terms and weights are integers of 1e-18, at most 2^256 - 1, and so is their sum: more is an
//! error that names the row.
//! * `weights` `[{column, transform, factor, offset}]`, 1 to 100: each gives one term, which is
//!   floor(transformed x factor). `factor` is a decimal of at most 18 decimals, default 1.
//! * A value is a non-negative decimal of at most 18 decimals; an empty cell is 0, but for `fibonacci`
//!   an error. `transform` makes of it:
//!   `linear` (default): the value;
//!   `sqrt`: its square root, rounded down to 1e-18: floor(sqrt(n x 10^18)) for the value n / 10^18;
//!   `log10`: log10(1 + value), rounded to 1e-18, half to even;
//!   `equal`: 1, whatever the value; no column is needed, and a named one is not read;
//!   `fibonacci`: Fibonacci(value + `offset`), F(1) = F(2) = 1, for values (ranks) that are whole and
//!   from 1 to 92; `offset` 0 to 10, default 2, is for this transform alone. With `rows: add` a
//!   recipient must not have several rows.
//! * `combine`: the weight is the `sum` (default) or the `product` of the terms. `product` multiplies
//!   from left to right, each step rounded down to 1e-18.
//!
//! # Cap and floor
//!
//! `cap` and `floor` are `{"share": "0.05"}` of the pool, 0 to 1, rounded down to a unit, or
//! `{"amount": "500"}`, exact: the most, and the least, that a recipient gets. Who has weight zero
//! gets nothing, and no floor either. A floor above the cap is an error, and so are floors that come
//! to more than the pool. Among the recipients with a weight:
//! 1. the share of each who is not settled is (what is left of the pool) x weight / (the sum of
//!    the weights of all who are not settled), exact, not rounded;
//! 2. add up by how much shares are above the cap, and by how much they are below the floor;
//! 3. if both sums are zero, go on with 4. If the first is at least the second, settle all whose share
//!    is above the cap at the cap, else all whose share is below the floor at the floor; go on with 1;
//! 4. apportion what is left among those who are not settled, by their weights.
//!
//! Without cap and floor this is step 4 alone. Shares are compared exact, so equal weights are settled
//! together, and step 4 cannot bring anybody above the cap or below the floor: both are whole units,
//! and a part is its share rounded up or down. Who has the larger weight never gets less. When all are
//! settled at the cap the rest stays unallocated, with a warning; so does the pool when nobody has a
//! weight. What the input `claimed` brings in is part of the pool in all of this.
//!
//! The report table `weights` shows the terms (with `rows: each` their sums, which must fit as well),
//! the weight, its percentage of all weights rounded down, the amount, and who is at cap or floor.
//!
//! # Three worked examples
//!
//! Hours worked: `"weights": [{"column": "hours"}]`, pool 1000, Ada 120 hours, Bea 60, Cyd 20. The
//! weights are 120, 60 and 20 (times 10^18), so they get 600, 300 and 100.
//!
//! Retroactive funding with a cap of 5 %: `"weights": [{"column": "votes"}], "cap": {"share": "0.05"}`,
//! pool 100000, so the cap is 5000. Lantern has 900 votes, Weir 300, and 20 others 40 each. The shares
//! are 45000, 15000 and 2000: Lantern and Weir are settled at 5000. Of the 90000 that are left, the
//! others' shares are 4500: nobody is above the cap any more, and each gets 4500.
//!
//! Quadratic weights: `"weights": [{"column": "gift", "transform": "sqrt"}], "rows": "each"`, pool
//! 1000, a row a gift: Lantern one of 400, Weir four of 25. Lantern's weight is sqrt(400) = 20, Weir's
//! 4 x sqrt(25) = 20: 500 each. Many small gifts weigh as much as one large one.

mod divided;
mod explain;
mod limits;
mod report;
mod rows;
mod rule;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Method, Outcome, Request, Reward, collected};
use crate::amount::Amount;
use crate::error::{Error, Place, Shown, Warning};
use crate::ledger::round_file::DecimalText;
use crate::recipient::Key;
use crate::tables::Table;
use divided::divide;
pub(super) use explain::explain_each;
use report::Report;
use rows::{Entries, Passes};
use rule::{Filter, Rule};
use terms::Weighed;

/// Most texts of a filter that a warning names.
const NAMED: usize = 10;

/// The settings of weighted-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of weighted-v1")]
pub struct Settings {
    /// The column of recipients' names; `recipient` when it is not set.
    #[serde(default)]
    pub recipient: Option<String>,
    /// The column of addresses; `address` when it is not set.
    #[serde(default)]
    pub address: Option<String>,
    /// The column of account ids; none when it is not set.
    #[serde(default)]
    pub account: Option<String>,
    /// The reward column of distribution.csv.
    #[serde(default = "default_reward")]
    pub reward: String,
    /// A row that does not pass all of them is left out.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub filters: Vec<FilterSetting>,
    /// What several rows of one recipient mean.
    #[serde(default)]
    pub rows: Rows,
    /// Each entry gives one term of the weight.
    #[schemars(length(min = 1, max = 100))]
    pub weights: Vec<TermSetting>,
    /// Whether the weight is the sum or the product of its terms.
    #[serde(default)]
    pub combine: Combine,
    /// The most that a recipient gets.
    #[serde(default)]
    pub cap: Option<LimitSetting>,
    /// The least that a recipient with a weight gets.
    #[serde(default)]
    pub floor: Option<LimitSetting>,
}

/// The reward column when the settings name none.
fn default_reward() -> String {
    "weighted".to_owned()
}

/// Which rows count: at least one of `minimum`, `maximum` and `in`, and all that are there hold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterSetting {
    /// The column that is looked at.
    pub column: String,
    /// The least value that passes; an empty cell does not.
    #[serde(default)]
    pub minimum: Option<DecimalText>,
    /// The largest value that passes; an empty cell does not.
    #[serde(default)]
    pub maximum: Option<DecimalText>,
    /// The texts that pass; letter case counts.
    #[serde(default, rename = "in")]
    #[schemars(length(min = 1))]
    pub listed: Option<Vec<String>>,
}

/// What several rows of one recipient mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rows {
    /// The round is refused.
    #[default]
    Refuse,
    /// Their values are added column by column, then transformed.
    Add,
    /// Every row gets a weight of its own, and these are added.
    Each,
}

/// One term of the weight.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermSetting {
    /// The column of the values; only `equal` needs none.
    #[serde(default)]
    pub column: Option<String>,
    /// What is made of a value.
    #[serde(default)]
    pub transform: Transform,
    /// What the transformed value is multiplied with; at most 18 decimals.
    #[serde(default = "one")]
    pub factor: DecimalText,
    /// What `fibonacci` adds to a rank; 2 when it is not set.
    #[serde(default)]
    #[schemars(range(max = 10))]
    pub offset: Option<u64>,
}

/// The factor when the settings give none.
fn one() -> DecimalText {
    DecimalText("1".to_owned())
}

/// What is made of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transform {
    /// The value.
    #[default]
    Linear,
    /// Its square root, rounded down to 1e-18.
    Sqrt,
    /// log10(1 + value), rounded to 1e-18, half to even.
    Log10,
    /// 1, whatever the value.
    Equal,
    /// Fibonacci(rank + `offset`), for ranks from 1 to 92.
    Fibonacci,
}

impl Transform {
    /// As settings spell it.
    fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Sqrt => "sqrt",
            Self::Log10 => "log10",
            Self::Equal => "equal",
            Self::Fibonacci => "fibonacci",
        }
    }
}

/// How terms make a weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// They are added.
    #[default]
    Sum,
    /// They are multiplied from left to right, each step rounded down to 1e-18.
    Product,
}

/// A bound of what one recipient gets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LimitSetting {
    /// A part of the pool, 0 to 1, rounded down to a unit.
    Share(DecimalText),
    /// An amount in token units.
    Amount(DecimalText),
}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read(request, &mut problems) else { return Err(problems) };
    let weighed = sources.weigh(problems)?;
    let divided = divide(request, &sources, &weighed).map_err(|error| vec![error])?;
    let Sources { declared, pool, rule, table, entries } = &sources;
    let report = Report { request, pool: *pool, rule, entries, weighed: &weighed, divided: &divided };
    Ok(outcome(&report, *declared, table))
}

/// What was read.
struct Sources {
    declared: Amount,
    /// What is declared with what is brought in.
    pool: Amount,
    rule: Rule,
    table: Table,
    entries: Entries,
}

/// Settings, table and rows; `None` where no rows can be read.
fn read(request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Sources> {
    let settings: Settings = collected(request.settings(), problems)?;
    request.check_roles(Method::WeightedV1, problems);
    let declared = collected(request.declared(), problems);
    let pool = declared.and_then(|it| collected(request.with_brought_in(it), problems));
    let rule = Rule::of(&settings, pool, request, problems);
    let (path, bytes) = collected(request.input("table"), problems)?;
    let table = Table::read(path, bytes, &[]).map_err(|found| problems.extend(found)).ok()?;
    rule.find_columns(&table, request, problems);
    // Rows can only be read by a rule that is right.
    if !problems.is_empty() {
        return None;
    }
    let entries = rows::read(&table, &rule, request, problems);
    Some(Sources { declared: declared?, pool: pool?, rule, table, entries })
}

impl Sources {
    /// The weights; `problems` are those of the rows.
    fn weigh(&self, mut problems: Vec<Error>) -> Result<Vec<Weighed<'_>>, Vec<Error>> {
        let weighed = terms::weigh(&self.entries, &self.rule, &mut problems);
        if problems.is_empty() { Ok(weighed) } else { Err(problems) }
    }

    /// The most and the least that a recipient gets.
    fn cap_and_floor(&self) -> (Amount, Amount) {
        (self.rule.cap.unwrap_or(self.pool), self.rule.floor.unwrap_or_default())
    }
}

/// The outcome with its tables, statistics and warnings.
fn outcome(report: &Report<'_>, declared: Amount, table: &Table) -> Outcome {
    let Report { pool, rule, entries, weighed, divided, .. } = *report;
    let amounts: BTreeMap<Key, Amount> =
        weighed.iter().map(|weighed| weighed.key.clone()).zip(divided.parts.iter().copied()).collect();
    let people = entries.people.iter().map(|(key, entry)| (key.clone(), entry.person.clone()));
    Outcome {
        declared,
        pool: declared,
        rewards: vec![Reward { name: rule.reward.clone(), pool, amounts }],
        recipients: people.collect(),
        read: BTreeSet::from([table.path().to_owned()]),
        tables: vec![report.table()],
        statistics: report.statistics(),
        warnings: warnings(report, table),
        ..Outcome::default()
    }
}

/// Says of a filter that no row passes it, or which of its texts no row has: misspelt, perhaps.
fn without_match(filter: &Filter, passes: &Passes) -> Option<String> {
    let column = Shown::from(&filter.column);
    if passes.passed == 0 {
        return (passes.looked_at > 0).then(|| format!("filter on `{column}` never matches"));
    }
    let missing: Vec<&String> =
        filter.listed.iter().flatten().filter(|text| !passes.found.contains(*text)).collect();
    let named: Vec<String> =
        missing.iter().take(NAMED).map(|text| format!("`{}`", Shown::from(*text))).collect();
    let more = if missing.len() > NAMED { " ..." } else { "" };
    (!named.is_empty()).then(|| format!("filter on `{column}`: no row has {}{more}", named.join(", ")))
}

/// What people should look at: filters that let nothing through and texts of them that no row has,
/// nobody to pay, a pool that the caps do not use up, a person with and without address.
fn warnings(report: &Report<'_>, table: &Table) -> Vec<Warning> {
    let Report { request, pool, rule, entries, weighed, divided } = *report;
    let place = Place::file(table.path());
    let filters = rule.filters.iter().zip(&entries.passes);
    let mut texts: Vec<String> =
        filters.filter_map(|(filter, passes)| without_match(filter, passes)).collect();
    let with_weight = divided.settlement.with_weight;
    let left = divided.settlement.left;
    if pool != Amount::ZERO && table.is_empty() {
        texts.push("the table has no rows: the pool stays unallocated".to_owned());
    } else if pool != Amount::ZERO && weighed.is_empty() {
        texts.push("nobody is eligible: the pool stays unallocated".to_owned());
    } else if pool != Amount::ZERO && with_weight == 0 {
        texts.push("all weights are zero: the pool stays unallocated".to_owned());
    } else if left != Amount::ZERO && divided.settlement.at_cap == with_weight {
        let cap = request.tokens(rule.cap.unwrap_or(pool));
        texts.push(format!(
            "all {with_weight} recipients with a weight get the cap of {cap}: {} stays unallocated",
            request.tokens(left)
        ));
    }
    let texts = texts.into_iter().map(|text| Warning::new(place.clone(), text));
    texts.chain(entries.without_address()).collect()
}
