//! Simulations: the engine, the models, the command.
// What models compute are real numbers, and many are the same to the last bit.
#![allow(clippy::float_arithmetic, clippy::float_cmp)]

mod command;
mod conviction;
mod engine;
mod library;
mod random;
mod work;
