//! Simulations: the engine, the models, the command.

mod command;
mod engine;
