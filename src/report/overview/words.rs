//! How amounts, days and names read in the overview.

use jiff::civil::Date;

use crate::amount::{Amount, Balance, power_of_ten};
use crate::error::{Place, Shown};
use crate::report::chart::Value;
use crate::report::recipients::Listed;
use crate::report::{Material, text};
use crate::statement::Figure;

/// The months, as days are written.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day: `30 May 2022`.
pub fn day_in_words(day: Date) -> String {
    let month = usize::try_from(day.month() - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    format!("{} {month} {}", day.day(), day.year())
}

/// Whom a row is for: by name; who has none is known by address, else by key.
pub fn recipient(listed: &Listed) -> String {
    match listed.address {
        _ if !text::is_blank(&listed.name) => text::name(&listed.name),
        Some(address) => address.checksummed(),
        None => text::name(&listed.key),
    }
}

/// An amount with the ledger's decimals, without unit.
pub fn amount(material: &Material<'_>, amount: Amount) -> String {
    text::amount(amount, material.plan.token.decimals, material.ledger.display_decimals)
}

/// An amount with the ledger's decimals and the token's symbol.
pub fn tokens(material: &Material<'_>, units: Amount) -> String {
    format!("{} {}", amount(material, units), material.plan.token.symbol)
}

/// A figure of a statement as an amount; one below zero is none.
pub fn figure(figure: &Figure, decimals: u8) -> Option<Amount> {
    Amount::parse(&figure.0, decimals, &Place::file("statement.json"), "figure").ok()
}

/// A figure of a statement, which may lie below zero.
pub fn balance_of(figure: &Figure, decimals: u8) -> Option<Balance> {
    Balance::parse(&figure.0, decimals, &Place::file("statement.json"), "figure").ok()
}

/// What may lie below zero, with the ledger's decimals and its sign.
pub fn balance(material: &Material<'_>, balance: Balance) -> String {
    text::signed(balance, amount(material, balance.size()))
}

/// A figure with the ledger's decimals.
pub fn shown_figure(material: &Material<'_>, text: &Figure) -> String {
    let parsed = balance_of(text, material.plan.token.decimals);
    parsed.map_or_else(|| text.0.clone(), |parsed| balance(material, parsed))
}

/// What changed from `before` to `now`, with its sign.
pub fn change(material: &Material<'_>, before: Amount, now: Amount) -> String {
    match (now.checked_sub(before), before.checked_sub(now)) {
        (Some(Amount::ZERO), _) => amount(material, Amount::ZERO),
        (Some(more), _) => signed("+", &amount(material, more)),
        (_, less) => signed("-", &amount(material, less.unwrap_or_default())),
    }
}

/// A difference with its sign; one that is too small to be shown (`<0.01`) has none.
fn signed(sign: &str, text: &str) -> String {
    if text.starts_with('<') { text.to_owned() } else { format!("{sign}{text}") }
}

/// An amount as a chart has it: for the eye, and as it reads.
pub fn value(material: &Material<'_>, units: Amount) -> Value {
    Value { number: text::number(units, material.plan.token.decimals), text: tokens(material, units) }
}

/// The amounts of a bar as a chart has them. They are rounded together, so that what the chart adds up
/// is the total that tables show: floors, and one unit more for the largest remainders.
pub fn parts(material: &Material<'_>, amounts: &[Amount]) -> Vec<Value> {
    let decimals = material.plan.token.decimals;
    let hidden = decimals - material.ledger.display_decimals.min(decimals);
    let unit = power_of_ten(hidden).unwrap_or(1);
    let up = |units: u128| u128::from(units % unit >= unit.div_ceil(2) && unit > 1);
    let is_tiny =
        |amount: &&Amount| **amount != Amount::ZERO && amount.units() / unit + up(amount.units()) == 0;
    let total = Amount::sum(amounts.iter().copied());
    let Some(total) = total.filter(|_| !amounts.iter().any(|amount| is_tiny(&amount))) else {
        return amounts.iter().map(|amount| value(material, *amount)).collect();
    };
    let mut rounded: Vec<u128> = amounts.iter().map(|amount| amount.units() / unit).collect();
    let left = (total.units() / unit + up(total.units())).saturating_sub(rounded.iter().sum());
    let mut order: Vec<(u128, &mut u128)> =
        amounts.iter().map(|amount| amount.units() % unit).zip(&mut rounded).collect();
    order.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder)); // stable
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    order.into_iter().take(left).for_each(|(_, rounded)| *rounded += 1);
    let shown = |(amount, rounded): (&Amount, u128)| Value {
        number: text::number(*amount, decimals),
        text: tokens(material, Amount::from_units(rounded.saturating_mul(unit))),
    };
    amounts.iter().zip(rounded).map(shown).collect()
}

/// A count as a chart has it.
pub fn counted_value(count: usize, one: &str, several: &str) -> Value {
    Value { number: count as f64, text: text::counted(count, one, several) }
}

/// A text of an earlier table, fit to be shown, cut at 200 characters.
pub fn short(text: &str) -> String {
    Shown::from(text).to_string()
}
