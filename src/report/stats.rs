//! Statistics with polars: over rows of several rounds, and over people of two.
//!
//! Only integers enter, and what comes out has a total order: groups are sorted by their unique names.
//! Money never enters (sums of polars wrap without a word, and an amount has more bits than its
//! columns); ratios and means are made of the sums afterwards, by who asks.

use polars::error::PolarsResult;
use polars::prelude::{Column, DataFrame, IntoLazy, LazyFrame, SortMultipleOptions, col};

use crate::error::{Error, Place};

/// What the numbers of a group came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub name: String,
    /// How many numbers it has.
    pub count: i64,
    /// Their sum.
    pub sum: i64,
    /// The lowest of them.
    pub lowest: i64,
    /// The highest of them.
    pub highest: i64,
}

/// The groups of `rows`, by their names in byte order.
///
/// Errors: numbers whose sum does not fit into 64 bits.
pub fn grouped(rows: Vec<(String, i64)>) -> Result<Vec<Group>, Error> {
    // Of all absolute values: then the sum of no group can wrap, whatever the signs.
    let magnitude = rows.iter().try_fold(0_u64, |sum, (_, value)| sum.checked_add(value.unsigned_abs()));
    if magnitude.is_none_or(|magnitude| i64::try_from(magnitude).is_err()) {
        return Err(too_large());
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    groups_of(rows).map_err(|_| too_large())
}

/// The same for one list of numbers; `None` where it is empty.
pub fn spanned(values: &[i64]) -> Result<Option<Group>, Error> {
    let groups = grouped(values.iter().map(|value| (String::new(), *value)).collect())?;
    Ok(groups.into_iter().next())
}

/// Typed columns in, one row a group out.
fn groups_of(rows: Vec<(String, i64)>) -> PolarsResult<Vec<Group>> {
    let height = rows.len();
    let (names, values): (Vec<String>, Vec<i64>) = rows.into_iter().unzip();
    let columns = vec![
        Column::new("name".into(), names),
        Column::new("value".into(), values),
        Column::new("one".into(), vec![1_i64; height]),
    ];
    let groups: LazyFrame = DataFrame::new(height, columns)?
        .lazy()
        .group_by_stable([col("name")])
        .agg([
            col("one").sum().alias("count"),
            col("value").sum().alias("sum"),
            col("value").min().alias("lowest"),
            col("value").max().alias("highest"),
        ])
        .sort(["name"], SortMultipleOptions::default());
    let groups = groups.collect()?;
    let names = groups.column("name")?.str()?;
    let number = |column: &str, row: usize| -> PolarsResult<i64> {
        Ok(groups.column(column)?.i64()?.get(row).unwrap_or_default())
    };
    let group = |(row, name): (usize, Option<&str>)| {
        Ok(Group {
            name: name.unwrap_or_default().to_owned(),
            count: number("count", row)?,
            sum: number("sum", row)?,
            lowest: number("lowest", row)?,
            highest: number("highest", row)?,
        })
    };
    names.iter().enumerate().map(group).collect()
}

/// Numbers that 64 bits do not hold, or more rows than polars counts: it fails for nothing else here.
fn too_large() -> Error {
    Error::Overflow { place: Place::file("report/"), what: "the statistics of the pages".to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        let rows = |values: &[i64]| values.iter().map(|value| ("a".to_owned(), *value)).collect::<Vec<_>>();
        assert!(grouped(rows(&[i64::MAX, 1])).is_err());
        assert!(grouped(rows(&[i64::MIN])).is_err());
        assert_eq!(grouped(rows(&[i64::MAX])).unwrap()[0].sum, i64::MAX);
        assert_eq!(grouped(vec![]).unwrap(), []);
        assert_eq!(spanned(&[]).unwrap(), None);
    }

    proptest! {
        /// Against plain maps; names may hold anything.
        #[test]
        fn groups_are_those_of_a_map(rows in prop::collection::vec(("[ab,\"\n\u{202e}é]{0,2}", -1000_i64..1000), 0..200)) {
            let mut expected: BTreeMap<String, Vec<i64>> = BTreeMap::new();
            for (name, value) in &rows {
                expected.entry(name.clone()).or_default().push(*value);
            }
            let expected: Vec<Group> = expected.into_iter().map(|(name, values)| Group {
                name,
                count: i64::try_from(values.len()).unwrap(),
                sum: values.iter().sum(),
                lowest: *values.iter().min().unwrap(),
                highest: *values.iter().max().unwrap(),
            }).collect();
            prop_assert_eq!(grouped(rows).unwrap(), expected);
        }
    }
}
