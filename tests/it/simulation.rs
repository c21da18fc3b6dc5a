//! Simulations: the engine, the models, the command.
// What models compute are real numbers, and many are the same to the last bit.
#![allow(clippy::float_arithmetic, clippy::float_cmp)]
// Policies and updates of test models have the signature that the engine asks for.
#![allow(clippy::unnecessary_wraps)]

mod command;
mod conviction;
mod engine;
mod library;
mod pages;
mod random;
mod work;
