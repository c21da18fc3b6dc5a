//! Prints the root of a tree of made-up payments, and the best of three times that it took from their
//! texts, in seconds. `benches/merkle.sh` compares it with another library.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use meed::address::Address;
use meed::amount::Amount;
use meed::error::Place;
use meed::payouts::merkle_tree::HashText;
use meed::payouts::{Payment, merkle};

fn main() {
    let count: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    // The same as in openzeppelin.cjs.
    let texts: Vec<(String, String)> =
        (0..count).map(|number| (format!("0x{:040x}", number + 1), format!("{}", number % 97 + 1))).collect();
    let mut best = std::time::Duration::MAX;
    let mut root = None;
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let payments: Vec<Payment> = texts
            .iter()
            .map(|(address, units)| Payment {
                address: Address::parse(address, &Place::file("values"), "address").unwrap(),
                amount: Amount::from_units(units.parse().unwrap()),
            })
            .collect();
        root = merkle::Tree::of(&payments).root();
        best = best.min(start.elapsed());
    }
    println!("{} {:.4}", HashText(root.unwrap()), best.as_secs_f64());
}
