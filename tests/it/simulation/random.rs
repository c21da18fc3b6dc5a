//! The generators beside numpy, CPython and a ChaCha20 of its own in Python: the vectors of
//! tests/random, which tests/oracle/random_numbers.py writes.

use std::fs;

use meed::simulation::random::{Random, Rng};
use serde_json::Value;

use super::library::is_near;
use crate::support;

/// The vectors of a generator.
fn vectors(rng: Rng) -> Value {
    let path = support::package().join(format!("tests/random/{}.json", rng.as_str()));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A draw: the stream, the counts of choices, the index of the draw.
type Draw = fn(&mut Random, &[u32], usize) -> f64;

/// The kinds of draws, by their name in the vectors, and whether they are the same to the last bit: what
/// goes through a logarithm may differ from the platform's by the last bit.
const KINDS: [(&str, bool, Draw); 8] = [
    ("uniform", true, |random, _, _| random.uniform()),
    ("exponential", false, |random, _, _| random.exponential()),
    ("normal", false, |random, _, _| random.normal()),
    ("gamma", false, |random, _, _| random.gamma(3.0)),
    ("choice", true, |random, choices, index| random.choice(choices[index % 7]).into()),
    ("large", true, |random, choices, index| random.choice(choices[7 + index % 3]).into()),
    ("integer", true, |random, _, _| random.integer(1, 10).into()),
    (
        "turns",
        true,
        |random, _, index| {
            if index % 2 == 1 { random.uniform() } else { random.choice(7).into() }
        },
    ),
];

#[test]
fn draws_are_those_of_numpy_cpython_and_chacha20() {
    for rng in [Rng::ChaCha, Rng::Cpython, Rng::NumpyLegacy] {
        let vectors = vectors(rng);
        let choices: Vec<u32> = serde_json::from_value(vectors["choices"].clone()).unwrap();
        let streams = vectors["streams"].as_array().unwrap();
        assert_eq!(streams.len(), 3, "{rng:?}");
        for stream in streams {
            let seed = stream["seed"].as_i64().unwrap();
            let place: (u32, u32, u32) =
                stream.get("place").map_or((0, 0, 0), |place| serde_json::from_value(place.clone()).unwrap());
            for (name, is_exact, draw) in KINDS {
                let Some(expected) = stream.get(name) else {
                    assert_eq!((name, rng == Rng::ChaCha), ("turns", false), "{rng:?} has no {name}");
                    continue;
                };
                let mut random = Random::new(rng, seed, place);
                assert_eq!(expected.as_array().unwrap().len(), 100);
                for (index, expected) in expected.as_array().unwrap().iter().enumerate() {
                    let (drawn, expected) = (draw(&mut random, &choices, index), expected.as_f64().unwrap());
                    let is_right = if is_exact { drawn == expected } else { is_near(drawn, expected, 1e-15) };
                    assert!(is_right, "{rng:?} seed {seed} {name} {index}: {drawn:?}, not {expected:?}");
                }
            }
        }
    }
}

/// No two places of a run have one stream.
#[test]
fn streams_of_runs_do_not_repeat() {
    let first = |place| {
        let mut random = Random::new(Rng::ChaCha, 7, place);
        [(); 4].map(|()| random.uniform().to_bits())
    };
    let places = [(0, 0, 1), (0, 0, 2), (0, 1, 1), (1, 0, 1), (0, 1, 2), (1, 1, 1), (2, 0, 0), (0, 2, 0)];
    let mut drawn: Vec<[u64; 4]> = places.into_iter().map(first).collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), places.len());
}

/// Counts and ranges at their ends: a draw ends, and is within them.
#[test]
fn the_ends_of_ranges_are_within_them() {
    for rng in [Rng::ChaCha, Rng::Cpython, Rng::NumpyLegacy] {
        let mut random = Random::new(rng, 3, (0, 0, 1));
        assert_eq!(random.choice(0), 0);
        assert_eq!(random.choice(1), 0);
        for _ in 0..1000 {
            assert!(random.choice(u32::MAX) < u32::MAX);
            assert_eq!(random.integer(9, 9), 9);
            assert!(random.integer(u32::MAX - 2, u32::MAX - 1) >= u32::MAX - 2);
            assert!((0.0..1.0).contains(&random.uniform()));
            assert!(random.exponential() >= 0.0);
        }
    }
}
