//! Sums by name with polars: of integers only, in a fixed order, with a total order at the end. What is
//! a ratio is made of them afterwards.

use polars::error::PolarsResult;
use polars::prelude::{Column, DataFrame, IntoLazy, SortMultipleOptions, col};

use super::rows::Day;
use crate::error::{Error, Place};

/// What rows of the same names come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    /// Who gave; empty where all givers are added up.
    pub(super) giver: String,
    /// Who got; empty where all receivers are added up.
    pub(super) receiver: String,
    pub(super) praises: i64,
    /// In millionths.
    pub(super) score: i64,
}

/// What the sums are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// One sum a giver.
    Giver,
    /// One sum a receiver.
    Receiver,
    /// One sum a giver and receiver.
    Both,
}

/// The sums, the highest score first, then the most praises, then by names.
pub(super) fn sums(days: &[Day], by: By) -> Result<Vec<Sum>, Error> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let name = |kept: bool, name: &String| if kept { name.clone() } else { String::new() };
    let columns = vec![
        Column::new("giver".into(), texts(days, |day| name(by != By::Receiver, &day.giver))),
        Column::new("receiver".into(), texts(days, |day| name(by != By::Giver, &day.receiver))),
        Column::new("praises".into(), days.iter().map(|day| day.praises).collect::<Vec<i64>>()),
        // A million rows of the highest score that is counted fit into 64 bits; more are cut down.
        Column::new(
            "score".into(),
            days.iter().map(|day| bounded(day.score, days.len())).collect::<Vec<i64>>(),
        ),
    ];
    // Polars fails for more rows than it counts, and for nothing else here.
    let too_large =
        |_| Error::Overflow { place: Place::file("report/"), what: "the statistics of praise".to_owned() };
    grouped(days.len(), columns).map_err(too_large)
}

fn texts(days: &[Day], text: impl Fn(&Day) -> String) -> Vec<String> {
    days.iter().map(text).collect()
}

/// The score, or what `rows` of it may be at most.
fn bounded(score: i64, rows: usize) -> i64 {
    let most = i64::try_from(rows).ok().and_then(|rows| i64::MAX.checked_div(rows)).unwrap_or(0);
    score.min(most)
}

fn grouped(height: usize, columns: Vec<Column>) -> PolarsResult<Vec<Sum>> {
    let order = SortMultipleOptions::default().with_order_descending_multi([true, true, false, false]);
    let frame = DataFrame::new(height, columns)?
        .lazy()
        .group_by_stable([col("giver"), col("receiver")])
        .agg([col("praises").sum(), col("score").sum()])
        .sort(["score", "praises", "giver", "receiver"], order)
        .collect()?;
    let (givers, receivers) = (frame.column("giver")?.str()?, frame.column("receiver")?.str()?);
    let (praises, scores) = (frame.column("praises")?.i64()?, frame.column("score")?.i64()?);
    let names = givers.iter().zip(receivers.iter());
    let numbers = praises.iter().zip(scores.iter());
    let sums = names.zip(numbers).map(|((giver, receiver), (praises, score))| Sum {
        giver: giver.unwrap_or_default().to_owned(),
        receiver: receiver.unwrap_or_default().to_owned(),
        praises: praises.unwrap_or_default(),
        score: score.unwrap_or_default(),
    });
    Ok(sums.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn day(giver: &str, receiver: &str, praises: i64, score: i64) -> Day {
        Day {
            day: "2026-01-01".into(),
            giver: giver.into(),
            receiver: receiver.into(),
            praises,
            score,
            reward: 0,
        }
    }

    proptest! {
        /// Against a plain map, and whatever the order of the rows.
        #[test]
        fn sums_are_those_of_a_map(rows in prop::collection::vec(("[abé\n]{0,2}", "[xy]{0,1}", 0_i64..5, 0_i64..100), 0..60)) {
            let days: Vec<Day> = rows.iter().map(|(giver, receiver, praises, score)| day(giver, receiver, *praises, *score)).collect();
            let mut expected: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
            for (giver, receiver, praises, score) in rows {
                let entry = expected.entry((giver, receiver)).or_default();
                *entry = (entry.0 + praises, entry.1 + score);
            }
            let mut expected: Vec<Sum> = expected
                .into_iter()
                .map(|((giver, receiver), (praises, score))| Sum { giver, receiver, praises, score })
                .collect();
            expected.sort_by_key(|sum| (-sum.score, -sum.praises, sum.giver.clone(), sum.receiver.clone()));
            let mut turned = days.clone();
            turned.reverse();
            prop_assert_eq!(&sums(&days, By::Both).unwrap(), &expected);
            prop_assert_eq!(&sums(&turned, By::Both).unwrap(), &expected);
            let all = |sums: Vec<Sum>| sums.iter().map(|sum| sum.score).sum::<i64>();
            prop_assert_eq!(all(sums(&days, By::Giver).unwrap()), all(expected.clone()));
            prop_assert_eq!(all(sums(&days, By::Receiver).unwrap()), all(expected));
        }
    }

    #[test]
    fn sums_do_not_wrap() {
        let days = vec![day("a", "b", 1, i64::MAX), day("a", "b", 1, i64::MAX)];
        assert_eq!(sums(&days, By::Both).unwrap()[0].score, i64::MAX - 1);
    }
}
