//! What a Table Schema is made of: columns, what their values keep to, and the usual kinds.

use serde::Serialize;

use crate::tables::NAME_LIMIT_BYTES;

/// Addresses. In mixed case the EIP-55 checksum must hold too, which no pattern can say.
pub(in crate::schemas) const ADDRESS: &str = "^0[xX][0-9a-fA-F]{40}$";
/// A day.
pub(in crate::schemas) const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// A day, or an instant with its offset from UTC. No type of the specification takes both.
pub(in crate::schemas) const INSTANT: &str =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2}))?$";
/// Balances as block explorers write them: a comma may stand before each group of three digits.
pub(in crate::schemas) const BALANCE: &str = "^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]+)?$";
/// The key of an opening balance.
pub(in crate::schemas) const OPENING_KEY: &str = "^(0[xX][0-9a-fA-F]{40}|(id|name|team):.*[^ ].*)$";

/// An interval of cred.
pub(in crate::schemas) const INTERVAL: &str = "^([0-9]{1,20}|[0-9]{4}-[0-9]{2}-[0-9]{2})$";
pub(in crate::schemas) const INTERVAL_DESCRIPTION: &str =
    "The interval: a whole number or a day `YYYY-MM-DD`, one kind in all tables of the allocation.";

/// A Table Schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::schemas) struct TableSchema {
    pub(in crate::schemas) title: &'static str,
    pub(in crate::schemas) description: &'static str,
    pub(in crate::schemas) fields: Vec<Field>,
    /// `subset`: the table has these columns and may have more, in any order.
    pub(in crate::schemas) fields_match: &'static str,
    pub(in crate::schemas) missing_values: [&'static str; 1],
}

/// A column.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::schemas) struct Field {
    pub(in crate::schemas) name: String,
    #[serde(rename = "type")]
    pub(in crate::schemas) kind: &'static str,
    pub(in crate::schemas) description: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(in crate::schemas) true_values: &'static [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(in crate::schemas) false_values: &'static [&'static str],
    pub(in crate::schemas) constraints: Constraints,
}

/// What the values of a column keep to.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::schemas) struct Constraints {
    /// Whether every row must fill it.
    pub(in crate::schemas) required: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::schemas) unique: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::schemas) max_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::schemas) pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::schemas) minimum: Option<u8>,
}

/// A table.
pub(in crate::schemas) fn table(
    title: &'static str,
    description: &'static str,
    fields: Vec<Field>,
) -> TableSchema {
    TableSchema { title, description, fields, fields_match: "subset", missing_values: [""] }
}

/// A column of texts.
pub(in crate::schemas) fn text(name: &str, description: &str) -> Field {
    Field {
        name: name.to_owned(),
        kind: "string",
        description: description.to_owned(),
        true_values: &[],
        false_values: &[],
        constraints: Constraints::default(),
    }
}

/// A column of names or ids. (The reader's limit counts bytes, this one characters.)
pub(in crate::schemas) fn name(name: &str, description: &str) -> Field {
    let max_length = Some(NAME_LIMIT_BYTES);
    Field { constraints: Constraints { max_length, ..Constraints::default() }, ..text(name, description) }
}

/// A column of addresses.
pub(in crate::schemas) fn address(name: &str, description: &str) -> Field {
    text(name, description).pattern(ADDRESS)
}

/// A column of plain non-negative decimals. (Readers of Table Schemas also take an exponent.)
pub(in crate::schemas) fn number(name: &str, description: &str) -> Field {
    let description = format!("{description} A plain decimal without sign or exponent.");
    let constraints = Constraints { minimum: Some(0), ..Constraints::default() };
    Field { kind: "number", constraints, ..text(name, &description) }
}

/// A column of plain decimals that may lie below zero.
pub(in crate::schemas) fn balance(name: &str, description: &str) -> Field {
    let description = format!("{description} A plain decimal without exponent.");
    Field { kind: "number", ..text(name, &description) }
}

/// A column of steps.
pub(in crate::schemas) fn step(description: &str) -> Field {
    let description = format!("{description} Counted from 1 in the first round of the allocation.");
    let constraints = Constraints { minimum: Some(1), ..Constraints::default() };
    Field { kind: "integer", constraints, ..text("step", &description) }
}

/// A column of truth values, in the spellings that programs write.
pub(in crate::schemas) fn boolean(name: &str, description: &str) -> Field {
    Field {
        kind: "boolean",
        true_values: &["true", "True", "TRUE"],
        false_values: &["false", "False", "FALSE"],
        ..text(name, description)
    }
}

impl Field {
    pub(in crate::schemas) fn required(mut self) -> Self {
        self.constraints.required = true;
        self
    }

    pub(in crate::schemas) fn unique(mut self) -> Self {
        self.constraints.unique = true;
        self
    }

    pub(in crate::schemas) fn pattern(mut self, pattern: &'static str) -> Self {
        self.constraints.pattern = Some(pattern);
        self
    }
}
