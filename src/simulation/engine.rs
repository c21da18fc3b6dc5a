//! The engine, in the terms of cadCAD: a state, policies, state updates, partial state update blocks.
//!
//! A block is one substep. Its policies look at the state before the block and give signals, which add
//! up; its updates look at the state before the block and at the signals, and change a copy of the
//! state. Nothing that an update changes is seen by another update of the same block. Random numbers are
//! drawn by the policies in their order, then by the updates in theirs.

use std::ops::AddAssign;

use super::models::Ending;
use super::random::Random;

/// A model: functions over its own parameters `P`, state `S` and signals `G`.
pub struct Model<P: 'static, S: 'static, G: 'static> {
    /// What a row says of a state, in the order of `row`.
    pub variables: &'static [Variable],
    /// What there is to say of the parts of a state; none for a model whose rows say it all.
    pub details: Option<Details<S>>,
    /// What is wrong with parameters of the right types: the name, and what it must be.
    pub check: fn(&P) -> Vec<(&'static str, String)>,
    /// Parameters that make the state of timestep 0 and are not looked at later.
    pub genesis_parameters: &'static [&'static str],
    /// The state of timestep 0.
    pub genesis: fn(&P, &mut Random) -> Result<S, Fault>,
    /// The blocks of a timestep.
    pub blocks: &'static [Block<P, S, G>],
    /// The row of a state: one number a variable.
    pub row: fn(&S) -> Vec<f64>,
    /// What the report draws of the last state of a run.
    pub ending: fn(&S) -> Ending,
    /// Whether all configurations and subsets draw from the stream of their run alone (with `chacha`), so
    /// that what differs between them is never mere luck.
    pub is_paired: bool,
}

/// A column of rows.csv.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The name of the column.
    pub name: &'static str,
    /// Whether it is a whole number.
    pub is_integer: bool,
    /// What it says, in a few words.
    pub meaning: &'static str,
}

impl Variable {
    /// A column of real numbers.
    pub const fn real(name: &'static str, meaning: &'static str) -> Self {
        Self { name, is_integer: false, meaning }
    }

    /// A column of whole numbers.
    pub const fn count(name: &'static str, meaning: &'static str) -> Self {
        Self { name, is_integer: true, meaning }
    }
}

/// A table with several rows a state, written with `--detail`.
pub struct Details<S: 'static> {
    /// The name of the table: `proposals` for `proposals.csv`.
    pub name: &'static str,
    /// Its columns, behind those that say the place of the row.
    pub columns: &'static [&'static str],
    /// Its rows.
    pub rows: fn(&S) -> Vec<Vec<Cell>>,
}

/// A cell of a table of details.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// A whole number.
    Integer(u64),
    /// A number; NaN is an empty cell, infinity is `inf`.
    Real(f64),
    /// A word of the model.
    Word(&'static str),
}

/// A partial state update block.
pub struct Block<P: 'static, S: 'static, G: 'static> {
    /// What gives signals.
    pub policies: &'static [Policy<P, S, G>],
    /// What changes the state.
    pub updates: &'static [Update<P, S, G>],
}

/// A policy: signals from the state before the block.
pub type Policy<P, S, G> = fn(&Step<'_, P, S>, &mut Random) -> Result<G, Fault>;

/// A state update: changes of the copy, from the state before the block and the signals.
pub type Update<P, S, G> = fn(&Step<'_, P, S>, &G, &mut S, &mut Random) -> Result<(), Fault>;

/// What policies and updates see.
#[derive(Debug)]
pub struct Step<'a, P, S> {
    /// The parameters at this timestep.
    pub parameters: &'a P,
    /// The timestep, from 1.
    pub timestep: u32,
    /// The state before the block.
    pub before: &'a S,
}

/// Why a run cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable that is not a number any more, or what else is at fault.
    pub variable: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl Fault {
    /// A fault of a variable.
    pub fn new(variable: &'static str, reason: impl Into<String>) -> Self {
        Self { variable, reason: reason.into() }
    }
}

/// A place in a run: substep 0 of timestep 0 is the state at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The timestep.
    pub timestep: u32,
    /// The substep: 1 for the first block.
    pub substep: u32,
    /// Whether it is the last substep of its timestep.
    pub is_last: bool,
}

/// Why a run ended before its last timestep.
#[derive(Debug)]
pub enum Stop<E> {
    /// The model cannot go on.
    Failed(At, Fault),
    /// Who reads the rows does not want more.
    Refused(E),
}

/// One run: `parameters` gives those of a timestep, `each` gets every row with its state. Returns the
/// last state.
pub fn run<'p, P: 'p, S: Clone, G: Default + AddAssign, E>(
    model: &Model<P, S, G>,
    parameters: impl Fn(u32) -> &'p P,
    timesteps: u32,
    random: &mut Random,
    mut each: impl FnMut(At, &[f64], &S) -> Result<(), E>,
) -> Result<S, Stop<E>> {
    let mut at = At { timestep: 0, substep: 0, is_last: true };
    let mut seen = |at: At, state: &S| {
        let row = (model.row)(state);
        if let Some(fault) = fault_of(model.variables, &row) {
            return Err(Stop::Failed(at, fault));
        }
        each(at, &row, state).map_err(Stop::Refused)
    };
    let mut state = (model.genesis)(parameters(0), random).map_err(|fault| Stop::Failed(at, fault))?;
    seen(at, &state)?;
    for timestep in 1..=timesteps {
        for (block, substep) in model.blocks.iter().zip(1..) {
            at = At { timestep, substep, is_last: model.blocks.len() == substep as usize };
            let step = Step { parameters: parameters(timestep), timestep, before: &state };
            let after = after(block, &step, random).map_err(|fault| Stop::Failed(at, fault))?;
            seen(at, &after)?;
            state = after;
        }
    }
    Ok(state)
}

/// The state after a block.
fn after<P, S: Clone, G: Default + AddAssign>(
    block: &Block<P, S, G>,
    step: &Step<'_, P, S>,
    random: &mut Random,
) -> Result<S, Fault> {
    let mut signals = G::default();
    for policy in block.policies {
        signals += policy(step, random)?;
    }
    let mut after = step.before.clone();
    for update in block.updates {
        update(step, &signals, &mut after, random)?;
    }
    Ok(after)
}

/// The first variable of a row that is not a finite number.
fn fault_of(variables: &[Variable], row: &[f64]) -> Option<Fault> {
    let (variable, value) = variables.iter().zip(row).find(|(_, value)| !value.is_finite())?;
    let reason = if value.is_nan() { "is not a number" } else { "is too large" };
    Some(Fault::new(variable.name, reason))
}
