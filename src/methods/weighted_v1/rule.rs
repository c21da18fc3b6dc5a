//! The settings, checked and in the form in which the rule uses them.

use std::collections::BTreeSet;

use super::limits::Limit;
use super::terms::{DECIMALS, Term};
use super::{Combine, FilterSetting, LimitSetting, Rows, Settings, TermSetting, Transform};
use crate::amount::{Amount, DECIMALS_LIMIT, Decimal, Weight, floor_of_fraction, power_of_ten};
use crate::error::{Error, Place, Shown};
use crate::ledger::plan::fault_of_name;
use crate::ledger::round_file::DecimalText;
use crate::methods::{Request, collected};
use crate::tables::{Row, Table, compared};

/// Most entries of `filters` and of `weights`.
const ENTRY_LIMIT: usize = 100;
/// Most that `offset` of `fibonacci` may be, and what it is when it is not set.
const OFFSET_LIMIT: u64 = 10;
const OFFSET_DEFAULT: u64 = 2;

/// The settings, checked. Columns are in lower case, as rows are asked for them.
#[derive(Debug)]
pub(super) struct Rule {
    pub recipient: String,
    pub address: String,
    /// Empty when the settings name none.
    pub account: String,
    pub reward: String,
    pub filters: Vec<Filter>,
    pub rows: Rows,
    /// The columns of values, each once.
    pub values: Vec<ValueColumn>,
    pub terms: Vec<Term>,
    pub combine: Combine,
    pub cap: Option<Amount>,
    pub floor: Option<Amount>,
    /// What the settings call each column that they name, and its name: they must exist.
    named: Vec<(String, String)>,
}

/// A column of values.
#[derive(Debug)]
pub(super) struct ValueColumn {
    pub name: String,
    /// Whether it holds ranks, for `fibonacci`.
    pub is_rank: bool,
}

/// Which rows count.
#[derive(Debug)]
pub(super) struct Filter {
    pub column: String,
    /// In units of 10^-[`DECIMALS_LIMIT`], as the values that are compared with it.
    minimum: Option<Weight>,
    maximum: Option<Weight>,
    pub listed: Option<BTreeSet<String>>,
}

impl Rule {
    /// Checks the settings. What is wrong is left out of the rule and reported. Without `pool` cap and
    /// floor cannot be known.
    pub fn of(
        settings: &Settings,
        pool: Option<Amount>,
        request: &Request<'_>,
        problems: &mut Vec<Error>,
    ) -> Self {
        if let Some(reason) = fault_of_name(&settings.reward) {
            let name = Shown::from(&settings.reward);
            problems.push(invalid(request, &format!("`reward` cannot be `{name}`: {reason}")));
        }
        check_count(request, "filters", settings.filters.len(), 0, "a list of at most 100", problems);
        check_count(request, "weights", settings.weights.len(), 1, "a list of 1 to 100", problems);
        let column = |setting: &Option<String>, default: &str| {
            setting.as_deref().map_or_else(|| default.to_owned(), column_name)
        };
        let people = [
            ("`recipient`", &settings.recipient),
            ("`address`", &settings.address),
            ("`account`", &settings.account),
        ];
        let named = |(what, column): (&str, &Option<String>)| Some((what.to_owned(), column.clone()?));
        let mut rule = Self {
            recipient: column(&settings.recipient, "recipient"),
            address: column(&settings.address, "address"),
            account: column(&settings.account, ""),
            reward: settings.reward.clone(),
            filters: Vec::new(),
            rows: settings.rows,
            values: Vec::new(),
            terms: Vec::new(),
            combine: settings.combine,
            cap: None,
            floor: None,
            named: people.into_iter().filter_map(named).collect(),
        };
        for (filter, number) in settings.filters.iter().take(ENTRY_LIMIT).zip(1..) {
            rule.named.push((format!("filter {number}"), filter.column.clone()));
            rule.filters.extend(collected_all(Filter::of(filter, number, request), problems));
        }
        for (term, number) in settings.weights.iter().take(ENTRY_LIMIT).zip(1..) {
            let column = term.column.iter().map(|column| (format!("weight {number}"), column.clone()));
            rule.named.extend(column);
            let term = rule.term_of(term, number, request);
            rule.terms.extend(collected_all(term, problems));
        }
        if let Some(pool) = pool {
            rule.cap = limit_of(settings.cap.as_ref(), Limit::Cap, pool, request, problems);
            rule.floor = limit_of(settings.floor.as_ref(), Limit::Floor, pool, request, problems);
            problems.extend(rule.floor_above_cap(request));
        }
        rule
    }

    /// One term; its column joins those that are read.
    fn term_of(
        &mut self,
        setting: &TermSetting,
        number: usize,
        request: &Request<'_>,
    ) -> Result<Term, Vec<Error>> {
        let mut problems = Vec::new();
        let transform = setting.transform.name();
        let is_rank = setting.transform == Transform::Fibonacci;
        let column = setting.column.as_ref().filter(|_| setting.transform != Transform::Equal);
        if column.is_none() && setting.transform != Transform::Equal {
            problems.push(invalid(request, &format!("weight {number}: `{transform}` needs a `column`")));
        }
        if setting.offset.is_some() && !is_rank {
            let text = format!("weight {number}: `offset` is for `fibonacci` alone, not for `{transform}`");
            problems.push(invalid(request, &text));
        }
        let offset = setting.offset.unwrap_or(OFFSET_DEFAULT);
        if offset > OFFSET_LIMIT {
            problems.push(request.out_of_range("offset", offset, "0 to 10"));
        }
        let what = format!("allocation `{}`: weight {number}: factor", request.name());
        let factor = Decimal::parse(&setting.factor.0, &request.place(), &what).and_then(|factor| {
            factor.scaled(DECIMALS).ok_or_else(|| Error::TooManyDecimals {
                place: request.place(),
                what,
                value: Shown::from(&setting.factor.0),
                decimals: DECIMALS,
            })
        });
        let factor = collected(factor, &mut problems);
        let column = column.map(|name| self.value_column(column_name(name), is_rank));
        let named = setting.column.clone().unwrap_or_default();
        match factor {
            Some(factor) if problems.is_empty() => {
                Ok(Term { column, named, transform: setting.transform, factor, offset })
            }
            _ => Err(problems),
        }
    }

    /// The index of a column of values, which is read once however many terms use it.
    fn value_column(&mut self, name: String, is_rank: bool) -> usize {
        if let Some(index) = self.values.iter().position(|column| column.name == name) {
            if let Some(column) = self.values.get_mut(index) {
                column.is_rank |= is_rank;
            }
            return index;
        }
        self.values.push(ValueColumn { name, is_rank });
        self.values.len() - 1
    }

    /// The columns that the settings name must be there, and one that says who a recipient is.
    pub fn find_columns(&self, table: &Table, request: &Request<'_>, problems: &mut Vec<Error>) {
        for (setting, column) in self.named.iter().filter(|(_, column)| !table.has_column(column.trim())) {
            let known: Vec<&str> = table.column_names().collect();
            problems.push(Error::ColumnUnknown {
                place: request.place(),
                allocation: request.name(),
                setting: setting.clone(),
                column: Shown::from(column),
                table: Shown::from(table.path()),
                known: Shown::sentence(&known.join(", ")),
            });
        }
        let is_named = |what: &str| self.named.iter().any(|(setting, _)| setting == what);
        let absent = [("`recipient`", &self.recipient), ("`address`", &self.address)];
        if absent.iter().all(|(what, column)| !is_named(what) && !table.has_column(column)) {
            problems.push(Error::TableColumnsMissing {
                place: Place::line(table.path(), 1),
                columns: format!("{} or {}", self.recipient, self.address),
            });
        }
    }

    /// The error of a floor above the cap.
    fn floor_above_cap(&self, request: &Request<'_>) -> Option<Error> {
        let (floor, cap) = (self.floor?, self.cap?);
        let symbol = Shown::from(&request.plan.token.symbol);
        let text = |amount: Amount| amount.to_text(request.decimals());
        (floor > cap).then(|| {
            let (floor, cap) = (text(floor), text(cap));
            invalid(request, &format!("`floor` is {floor} {symbol}, above `cap`, which is {cap} {symbol}"))
        })
    }
}

impl Filter {
    fn of(setting: &FilterSetting, number: usize, request: &Request<'_>) -> Result<Self, Vec<Error>> {
        let mut problems = Vec::new();
        let mut bound = |text: &Option<DecimalText>, which: &str| {
            let what = format!("allocation `{}`: filter {number}: {which}", request.name());
            let bound = text.as_ref().map(|text| Decimal::parse(&text.0, &request.place(), &what));
            // 38 digits and 36 decimals have less than 256 bits.
            bound.and_then(|bound| collected(bound, &mut problems)?.scaled(DECIMALS_LIMIT))
        };
        let minimum = bound(&setting.minimum, "minimum");
        let maximum = bound(&setting.maximum, "maximum");
        let texts = [&setting.minimum, &setting.maximum];
        if let (Some(least), Some(most), [Some(minimum), Some(maximum)]) = (minimum, maximum, texts)
            && least > most
        {
            let (minimum, maximum) = (Shown::from(&minimum.0), Shown::from(&maximum.0));
            let text = format!("filter {number}: `minimum` {minimum} is above `maximum` {maximum}");
            problems.push(invalid(request, &text));
        }
        match &setting.listed {
            None if texts == [&None, &None] => {
                let text = format!("filter {number} has none of `minimum`, `maximum` and `in`");
                problems.push(invalid(request, &text));
            }
            Some(listed) if listed.is_empty() => {
                problems.push(invalid(request, &format!("filter {number}: `in` is an empty list")));
            }
            _ => {}
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let listed = setting.listed.as_ref();
        let listed = listed.map(|listed| listed.iter().map(|text| compared(text)).collect());
        Ok(Self { column: column_name(&setting.column), minimum, maximum, listed })
    }

    /// Whether a row passes; a listed text that it has joins `found`. A cell that is not listed is not
    /// looked at as a number.
    pub fn passes(&self, row: Row<'_>, found: &mut BTreeSet<String>) -> Result<bool, Error> {
        if let Some(listed) = &self.listed {
            let text = compared(row.field(&self.column));
            if !listed.contains(&text) {
                return Ok(false);
            }
            found.insert(text);
        }
        if self.minimum.is_none() && self.maximum.is_none() {
            return Ok(true);
        }
        let value = row.decimal(&self.column)?.and_then(|value| value.scaled(DECIMALS_LIMIT));
        Ok(value.is_some_and(|value| {
            self.minimum.is_none_or(|minimum| minimum <= value)
                && self.maximum.is_none_or(|maximum| value <= maximum)
        }))
    }
}

/// A column as rows are asked for it.
fn column_name(column: &str) -> String {
    column.trim().to_lowercase()
}

/// The value, or its problems to the others.
fn collected_all<T>(result: Result<T, Vec<Error>>, problems: &mut Vec<Error>) -> Option<T> {
    result.map_err(|found| problems.extend(found)).ok()
}

/// The error of settings that do not fit together.
fn invalid(request: &Request<'_>, message: &str) -> Error {
    let message = Shown::sentence(message);
    Error::SettingsInvalid { place: request.place(), allocation: request.name(), message }
}

/// The number of entries of a list must be in its range.
fn check_count(
    request: &Request<'_>,
    setting: &'static str,
    count: usize,
    least: usize,
    range: &'static str,
    problems: &mut Vec<Error>,
) {
    if !(least..=ENTRY_LIMIT).contains(&count) {
        problems.push(request.out_of_range(setting, format!("a list of {count}"), range));
    }
}

/// Cap or floor in units.
fn limit_of(
    setting: Option<&LimitSetting>,
    which: Limit,
    pool: Amount,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Option<Amount> {
    let setting = setting?;
    let (share_name, amount_name) = match which {
        Limit::Cap => ("cap.share", "cap.amount"),
        Limit::Floor => ("floor.share", "floor.amount"),
    };
    let place = request.place();
    let what = |name: &str| format!("allocation `{}`: {name}", request.name());
    match setting {
        LimitSetting::Amount(text) => {
            collected(Amount::parse(&text.0, request.decimals(), &place, &what(amount_name)), problems)
        }
        LimitSetting::Share(text) => {
            let share = collected(Decimal::parse(&text.0, &place, &what(share_name)), problems)?;
            let (digits, scale) = share.fraction();
            let part = power_of_ten(scale).filter(|one| digits <= *one);
            let part = part.and_then(|one| floor_of_fraction(&[pool.units(), digits], &[one]));
            if part.is_none() {
                problems.push(request.out_of_range(share_name, Shown::from(&text.0), "0 to 1"));
            }
            part.map(Amount::from_units)
        }
    }
}
