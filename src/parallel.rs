//! Work that several processors share, where the program has them. What comes out is the same with
//! one: each item by itself, results in the order of the items.

#[cfg(feature = "cli")]
use rayon::prelude::*;

/// What `made_of` makes of each item.
#[cfg(feature = "cli")]
pub(crate) fn map<Item: Sync, Made: Send>(
    items: &[Item],
    made_of: impl Fn(&Item) -> Made + Sync + Send,
) -> Vec<Made> {
    items.par_iter().map(made_of).collect()
}

/// What `made_of` makes of each item.
#[cfg(not(feature = "cli"))]
pub(crate) fn map<Item, Made>(items: &[Item], made_of: impl Fn(&Item) -> Made) -> Vec<Made> {
    items.iter().map(made_of).collect()
}

/// Sorts by keys; items of equal keys come in any order.
#[cfg(feature = "cli")]
pub(crate) fn sort_by_key<Item: Send, Key: Ord>(
    items: &mut [Item],
    key: impl Fn(&Item) -> Key + Sync + Send,
) {
    items.par_sort_unstable_by_key(key);
}

/// Sorts by keys; items of equal keys come in any order.
#[cfg(not(feature = "cli"))]
pub(crate) fn sort_by_key<Item, Key: Ord>(items: &mut [Item], key: impl Fn(&Item) -> Key) {
    items.sort_unstable_by_key(key);
}
