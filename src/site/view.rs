//! What templates see on every page: the frame, amounts, links.

use serde::Serialize;

use super::Material;
use crate::amount::Amount;
use crate::error::Shown;
use crate::report::text;

/// What stands around every page.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// The community's name.
    pub ledger: String,
    /// The way from the page to the folder of the site: `../../`, or nothing.
    pub root: String,
    /// The part of the site that the page belongs to.
    pub part: &'static str,
    /// The token's symbol.
    pub symbol: String,
    /// The commit from which the site was made.
    pub commit: String,
}

/// An amount as it is shown, and exactly.
#[derive(Debug, Clone, Serialize)]
pub struct Money {
    /// With the ledger's display decimals.
    pub shown: String,
    /// In token units, exact.
    pub exact: String,
}

/// A link.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// What the reader sees.
    pub text: String,
    /// The path from the page; empty where there is no page to link.
    pub target: String,
}

/// A name with a value.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// How much or which.
    pub value: String,
}

impl Frame {
    /// The frame of a page that stands `depth` folders below the site's own.
    pub fn new(material: Material<'_>, part: &'static str, depth: usize) -> Self {
        Self {
            ledger: Shown::from(&material.ledger.name).to_string(),
            root: "../".repeat(depth),
            part,
            symbol: Shown::from(&material.ledger.token.symbol).to_string(),
            commit: material.commit.to_owned(),
        }
    }
}

impl Money {
    /// An amount of the ledger's token.
    pub fn new(amount: Amount, material: Material<'_>) -> Self {
        let decimals = material.ledger.token.decimals;
        Self {
            shown: text::amount(amount, decimals, material.ledger.display_decimals),
            exact: amount.to_text(decimals),
        }
    }
}

impl Fact {
    /// A fact.
    pub fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into() }
    }
}

/// An amount in token units, for a drawing.
pub fn number(amount: Amount, decimals: u8) -> f64 {
    let mut unit = 1.0;
    for _ in 0..decimals {
        unit *= 10.0;
    }
    amount.units() as f64 / unit
}

/// A part of a whole in percent, with two decimals; `None` of nothing.
pub fn percent(part: Amount, whole: Amount) -> Option<String> {
    (whole != Amount::ZERO).then(|| {
        let share = part.units() as f64 / whole.units() as f64 * 100.0;
        if part != Amount::ZERO && share < 0.01 {
            "less than 0.01 %".to_owned()
        } else {
            format!("{share:.2} %")
        }
    })
}

/// A decimal cut behind its fourth place: enough for a sentence, where the exact one stands below it.
pub fn short_decimal(text: &str) -> String {
    let Some((whole, fraction)) = text.split_once('.') else { return text.to_owned() };
    let kept: String = fraction.chars().take(4).collect();
    let kept = kept.trim_end_matches('0');
    if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_decimals_read_short() {
        let units = Amount::from_units;
        assert_eq!(percent(units(1), units(3)).as_deref(), Some("33.33 %"));
        assert_eq!(percent(units(1), units(100_000)).as_deref(), Some("less than 0.01 %"));
        assert_eq!(percent(units(0), units(3)).as_deref(), Some("0.00 %"));
        assert_eq!(percent(units(0), units(0)), None);
        for (text, short) in
            [("12", "12"), ("12.5", "12.5"), ("12.123456", "12.1234"), ("12.00001", "12"), ("0.10001", "0.1")]
        {
            assert_eq!(short_decimal(text), short);
        }
        assert!((number(units(1_500), 3) - 1.5).abs() < 1e-12);
    }
}
