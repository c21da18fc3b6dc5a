//! How numbers, sets of parameters and counts read in the pages of a simulation.

use serde_json::Value;

use super::super::plan::{Plan, Subset};
use crate::error::Shown;
use crate::report::text::{is_blank, plain};

/// Most characters of a value of a parameter.
const VALUE_CHARACTERS: usize = 80;

/// How a set of parameters is called: its configuration and what is swept. Where several parameters are
/// swept, their values alone, which [`names_of_values`] explains.
pub fn label(index: usize, subset: &Subset, plan: &Plan) -> String {
    let label = if names_of_values(plan).is_some() {
        let values = subset.swept.iter().map(|(_, swept)| value(swept)).collect::<Vec<_>>().join(", ");
        if subset.name.is_empty() { values } else { format!("{}: {values}", subset.name) }
    } else {
        subset.label()
    };
    let label = Shown::from(label.trim()).to_string();
    if plan.subsets.len() == 1 && label.is_empty() {
        return "all runs".to_owned();
    }
    if is_blank(&label) { format!("set {}", index + 1) } else { label }
}

/// The parameters whose values are the names of the sets: those of the sweep, where there are several and
/// all sets have the same.
pub fn names_of_values(plan: &Plan) -> Option<String> {
    let names = |subset: &Subset| subset.swept.iter().map(|(name, _)| name.clone()).collect::<Vec<String>>();
    let first = names(plan.subsets.first()?);
    let is_same = plan.subsets.iter().all(|subset| names(subset) == first);
    (is_same && first.len() > 1).then(|| Shown::from(first.join(", ")).to_string())
}

/// A number for readers: about five digits, the same on every machine.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if value.is_nan() => return String::new(),
        _ if value.is_infinite() => {
            return if value > 0.0 { "no limit" } else { "below any limit" }.to_owned();
        }
        _ if size == 0.0 => return "0".to_owned(),
        _ if !(1e-4..1e15).contains(&size) => return format!("{value:.3e}"),
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    };
    plain(&text)
}

/// A difference with its sign.
pub fn signed(difference: f64) -> String {
    let text = number(difference);
    if difference > 0.0 { format!("+{text}") } else { text }
}

/// A share between 0 and 1 in percent.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{} %", number(share * 100.0)) } else { String::new() }
}

/// The value of a parameter.
pub fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut shown = Shown::from(&text).to_string();
    if let Some((at, _)) = shown.char_indices().nth(VALUE_CHARACTERS) {
        shown.truncate(at);
        shown.push('…');
    }
    shown
}

/// A sentence or title with a capital letter at its beginning.
pub fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A name of a column as words.
pub fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// `one run`, `100 runs`.
pub fn runs(count: u32) -> String {
    if count == 1 { "one run".to_owned() } else { format!("{count} runs") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_about_five_digits() {
        for (value, shown) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.000_012, "1.200e-5"),
            (0.123_456, "0.1235"),
            (-2.5, "-2.5"),
            (999.999, "1000"),
            (40_781.42, "40781"),
            (1e15, "1.000e15"),
            (f64::NAN, ""),
            (f64::INFINITY, "no limit"),
        ] {
            assert_eq!(number(value), shown);
        }
        assert_eq!(percent(0.0087), "0.87 %");
    }

    #[test]
    fn values_are_cut_and_harmless() {
        assert_eq!(value(&Value::from("a\u{202e}b")), "a\u{fffd}b");
        assert_eq!(value(&Value::from("x".repeat(1 << 20))).chars().count(), VALUE_CHARACTERS + 1);
        assert_eq!(value(&serde_json::json!([1, 2.5])), "[1,2.5]");
    }
}
