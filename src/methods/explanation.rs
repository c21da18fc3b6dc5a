//! How an amount came about: sentences, tables, and rows that add up. A method fills them from its own
//! intermediate values; nothing here knows a rule.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Request;
use crate::amount::{Amount, Division, Part, Product, Weight, scaled_text};
use crate::error::{Error, Place, Shown};
use crate::recipient::Key;

/// How one reward, or a part of it, came about for one recipient.
#[derive(Debug, Clone)]
pub struct Section {
    /// The reward, as the method calls it.
    pub reward: String,
    /// What the section is about, in a few words.
    pub title: String,
    /// What the rows follow from, one sentence each.
    pub notes: Vec<String>,
    /// Tables that show what the weight follows from, where it is more than a sum.
    pub details: Vec<Details>,
    /// The columns of the rows' cells.
    pub header: Vec<&'static str>,
    /// What adds up to the amount.
    pub rows: Vec<Row>,
    /// What the values of the rows are.
    pub basis: Basis,
}

/// A table beside the sum.
#[derive(Debug, Clone, Serialize)]
pub struct Details {
    /// What it shows.
    pub title: String,
    /// The columns.
    pub header: Vec<String>,
    /// The rows, as long as the header.
    pub rows: Vec<Vec<String>>,
}

/// One of the things that add up.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it is, a text for each column of the header.
    pub cells: Vec<String>,
    /// How much it adds.
    pub value: Weight,
}

/// What the values of rows are.
#[derive(Debug, Clone, Copy)]
pub enum Basis {
    /// Amounts, in the token's smallest unit.
    Amounts,
    /// Weights, by which a pool was divided.
    Weights {
        /// What the weight is called: `score`, `Respect`.
        unit: &'static str,
        /// Values are integers of 10^-scale.
        scale: u8,
        /// The part of their sum; `None` where all weights are zero.
        part: Option<Part>,
    },
}

/// A section as people and programs read it.
#[derive(Debug, Clone, Serialize)]
pub struct Shape {
    /// See [`Section::title`].
    pub title: String,
    /// See [`Section::notes`].
    pub notes: Vec<String>,
    /// See [`Section::details`].
    pub details: Vec<Details>,
    /// The columns of `parts`, in their order.
    pub columns: Vec<&'static str>,
    /// The rows: text by column. `tokens` is rounded down to the smallest unit, `exact` is not.
    pub parts: Vec<BTreeMap<&'static str, String>>,
    /// For each row whether `tokens` is less than `exact`.
    #[serde(skip)]
    pub is_rounded: Vec<bool>,
    /// Their sum, and what the division made of it; absent for plain amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionShape>,
    /// What the section comes to, in token units.
    pub amount: String,
}

/// A division as people and programs read it; fractions are exact and in lowest terms.
#[derive(Debug, Clone, Serialize)]
pub struct DivisionShape {
    /// What is divided, in token units.
    pub pool: String,
    /// The recipient's weight, and the sum of all.
    pub weight: String,
    /// The sum of all weights.
    pub sum: String,
    /// weight / sum.
    pub share: String,
    /// pool x weight / sum, in token units.
    pub exact: String,
    /// The same rounded down to the smallest unit.
    pub floor: String,
    /// What that cut off, in smallest units.
    pub remainder: String,
    /// How many smallest units the floors of all leave.
    pub units_left: usize,
    /// How many of them come here: 0 or 1.
    pub units_gained: u8,
    /// Whether the lot decided that among equal remainders.
    pub by_lot: bool,
    /// All this in words.
    pub words: Vec<String>,
}

impl Section {
    /// A section of one reward without rows yet.
    pub fn new(reward: &str, title: impl Into<String>, header: Vec<&'static str>, basis: Basis) -> Self {
        let (reward, title) = (reward.to_owned(), title.into());
        Self { reward, title, notes: Vec::new(), details: Vec::new(), header, rows: Vec::new(), basis }
    }

    /// The same with sentences.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The same with a sentence before the others.
    #[must_use]
    pub fn with_first_note(mut self, note: String) -> Self {
        self.notes.insert(0, note);
        self
    }

    /// The same with a table.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.details.push(details);
        self
    }

    /// The same with rows.
    #[must_use]
    pub fn with_rows(mut self, rows: impl IntoIterator<Item = (Vec<String>, Weight)>) -> Self {
        self.rows.extend(rows.into_iter().map(|(cells, value)| Row { cells, value }));
        self
    }

    /// What the rows come to. `None` where they do not add up to the weight that was divided by, or
    /// the division is not exact: then the section explains nothing.
    pub fn amount(&self) -> Option<Amount> {
        let mut values = self.rows.iter().map(|row| row.value);
        let sum = values.try_fold(Weight::ZERO, Weight::checked_add)?;
        match self.basis {
            Basis::Amounts => u128::try_from(sum).ok().map(Amount::from_units),
            Basis::Weights { part: None, .. } => sum.is_zero().then_some(Amount::ZERO),
            Basis::Weights { part: Some(part), .. } => {
                (sum == part.weight && part.is_exact()).then(|| part.amount())?
            }
        }
    }

    /// The section as it is shown, in a token of so many decimals.
    pub fn shape(&self, decimals: u8, symbol: &str) -> Shape {
        let own = ["share", "of", "exact", "tokens"];
        let (unit, behind): (Option<&'static str>, &[&'static str]) = match self.basis {
            Basis::Amounts => (None, &own[3..]),
            Basis::Weights { unit, part: None, .. } => (Some(unit), &own[3..]),
            Basis::Weights { unit, part: Some(_), .. } => (Some(unit), &own),
        };
        let columns: Vec<&'static str> =
            self.header.iter().copied().chain(unit).chain(behind.iter().copied()).collect();
        let part_of = |row: &Row| -> BTreeMap<&'static str, String> {
            columns.iter().copied().zip(self.texts(row, decimals)).collect()
        };
        let parts = self.rows.iter().map(part_of).collect();
        let division = match self.basis {
            Basis::Weights { scale, part: Some(part), .. } => {
                Some(DivisionShape::of(&part, scale, decimals, symbol))
            }
            _ => None,
        };
        let amount = self.amount().unwrap_or_default().to_text(decimals);
        let is_rounded = self.rows.iter().map(|row| match self.basis {
            Basis::Weights { part: Some(part), .. } => {
                Fraction::of_pool(part.pool, row.value, part.sum, decimals).is_rounded(decimals)
            }
            _ => false,
        });
        Shape {
            title: self.title.clone(),
            notes: self.notes.clone(),
            details: self.details.clone(),
            columns,
            parts,
            is_rounded: is_rounded.collect(),
            division,
            amount,
        }
    }

    /// The texts of a row, in the order of all columns.
    fn texts(&self, row: &Row, decimals: u8) -> Vec<String> {
        let mut texts = row.cells.clone();
        match self.basis {
            Basis::Amounts => texts.push(scaled_text(row.value, decimals)),
            Basis::Weights { scale, part, .. } => {
                texts.push(scaled_text(row.value, scale));
                match part {
                    None => texts.push("0".to_owned()),
                    Some(part) => {
                        let exact = Fraction::of_pool(part.pool, row.value, part.sum, decimals);
                        texts.push(Fraction::of(row.value, part.sum).to_text());
                        texts.push(part.pool.to_text(decimals));
                        texts.push(exact.to_text());
                        texts.push(exact.decimal_text(decimals));
                    }
                }
            }
        }
        texts
    }
}

impl DivisionShape {
    fn of(part: &Part, scale: u8, decimals: u8, symbol: &str) -> Self {
        let exact = Fraction::of_pool(part.pool, part.weight, part.sum, decimals);
        let mut shape = Self {
            pool: part.pool.to_text(decimals),
            weight: scaled_text(part.weight, scale),
            sum: scaled_text(part.sum, scale),
            share: Fraction::of(part.weight, part.sum).to_text(),
            exact: exact.to_text(),
            floor: part.floor.to_text(decimals),
            remainder: Fraction::of(part.remainder, part.sum).to_text(),
            units_left: part.units_left,
            units_gained: u8::from(part.has_further_unit),
            by_lot: part.is_by_lot,
            words: Vec::new(),
        };
        shape.words = shape.in_words(decimals, symbol);
        shape
    }

    /// Floor, remainder, and what became of the units that the floors leave.
    fn in_words(&self, decimals: u8, symbol: &str) -> Vec<String> {
        let Self { pool, weight, sum, floor, remainder, units_left, .. } = self;
        let product = format!("{pool} x {weight} / {sum}");
        if remainder == "0" {
            return vec![format!("{product} = {floor} {symbol}, without remainder")];
        }
        let unit = Amount::from_units(1).to_text(decimals);
        let plural = if *units_left == 1 { "" } else { "s" };
        let goes = if *units_left == 1 { "goes" } else { "go" };
        let left = format!(
            "the floors of all leave {units_left} unit{plural} of {unit} {symbol}, which {goes} to the {units_left} largest remainder{plural}"
        );
        let by_lot = if self.by_lot { "; among equal remainders the lot decides" } else { "" };
        let second = match self.units_gained {
            0 => format!("no unit is added: {left}, and this one is not among them{by_lot}"),
            _ => format!("one unit is added: {left}, and this one is among them{by_lot}"),
        };
        vec![format!("floor({product}) = {floor} {symbol}, remainder {remainder} of a unit"), second]
    }
}

/// An exact fraction in lowest terms.
pub(super) struct Fraction {
    numerator: Product,
    denominator: Product,
}

impl Fraction {
    fn reduced(numerator: Product, denominator: Product) -> Self {
        let divisor = numerator.gcd(denominator).max(Product::from(1_u8));
        Self { numerator: numerator / divisor, denominator: denominator / divisor }
    }

    fn of(part: Weight, whole: Weight) -> Self {
        Self::reduced(Product::from(part), Product::from(whole))
    }

    /// pool x weight / sum in token units: 384 bits over 256 and at most 120.
    pub(super) fn of_pool(pool: Amount, weight: Weight, sum: Weight, decimals: u8) -> Self {
        let numerator: Product = Weight::from(pool.units()).widening_mul(weight);
        let unit = Product::from(10_u8).pow(Product::from(decimals));
        Self::reduced(numerator, Product::from(sum) * unit)
    }

    /// `3/40`, or `3` for a whole.
    fn to_text(&self) -> String {
        if self.denominator == Product::from(1_u8) {
            return self.numerator.to_string();
        }
        format!("{}/{}", self.numerator, self.denominator)
    }

    /// The fraction rounded down at so many decimals.
    pub(super) fn decimal_text(&self, decimals: u8) -> String {
        let (units, _) = self.units(decimals);
        Amount::from_units(units.saturating_to()).to_text(decimals) // at most a pool
    }

    /// Whether that is less than the fraction.
    fn is_rounded(&self, decimals: u8) -> bool {
        !self.units(decimals).1.is_zero()
    }

    /// Whole units of so many decimals, and what is left over. The product fits: its bits are at most
    /// those of a pool and a weight together, and of 10^36 again.
    fn units(&self, decimals: u8) -> (Product, Product) {
        let unit = Product::from(10_u8).pow(Product::from(decimals));
        let scaled = self.numerator.checked_mul(unit).unwrap_or(Product::MAX);
        scaled.div_rem(self.denominator.max(Product::from(1_u8)))
    }
}

impl Request<'_> {
    /// A reward's pool, divided once for the parts of any key.
    pub fn divided<'w>(
        &self,
        reward: &str,
        pool: Amount,
        weights: &'w BTreeMap<Key, Weight>,
        place: &Place,
    ) -> Result<Divided<'w>, Error> {
        let keys: Vec<&Key> = weights.keys().collect();
        let values: Vec<Weight> = weights.values().copied().collect();
        let key_of = |index: usize| keys.get(index).map_or_else(String::new, ToString::to_string);
        let division = self.division(reward, pool, &values, &key_of, place)?;
        Ok(Divided { keys, values, division })
    }

    /// An amount with the token's symbol.
    pub fn tokens(&self, amount: Amount) -> String {
        format!("{} {}", amount.to_text(self.decimals()), Shown::from(&self.plan.token.symbol))
    }
}

/// A pool divided by the weights of keys.
#[derive(Debug)]
pub struct Divided<'w> {
    /// Ascending.
    keys: Vec<&'w Key>,
    /// The weight of each.
    values: Vec<Weight>,
    /// `None` where all weights are zero.
    division: Option<Division>,
}

impl Divided<'_> {
    /// The part of a key; `None` where the key has no weight, or all are zero.
    pub fn part(&self, key: &Key) -> Option<Part> {
        let index = self.keys.binary_search(&key).ok()?;
        part_at(self.division.as_ref()?, &self.values, index)
    }
}

/// The part of the weight at an index.
pub fn part_at(division: &Division, weights: &[Weight], index: usize) -> Option<Part> {
    weights.get(index).and_then(|weight| division.part(index, *weight))
}

impl Details {
    /// A table from its rows.
    pub fn new(title: &str, header: &[&str], rows: Vec<Vec<String>>) -> Self {
        let header = header.iter().map(|&column| column.to_owned()).collect();
        Self { title: title.to_owned(), header, rows }
    }
}

/// Text of an input, fit for a cell.
pub fn cell(text: &str) -> String {
    Shown::from(text).to_string()
}
