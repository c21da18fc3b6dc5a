//! The engine with models made for the test: what blocks see, and in which order things happen.

use std::ops::AddAssign;

use meed::simulation::engine::{At, Block, Fault, Model, Step, Stop, Variable, run};
use meed::simulation::models::Ending;
use meed::simulation::random::{Random, Rng};

/// Two numbers that are exchanged: each update must see what the other was before the block.
#[derive(Debug, Clone)]
struct State {
    left: f64,
    right: f64,
    told: f64,
}

#[derive(Debug, Default)]
struct Signals {
    sum: f64,
}

impl AddAssign for Signals {
    fn add_assign(&mut self, other: Self) {
        self.sum += other.sum;
    }
}

const fn variable(name: &'static str) -> Variable {
    Variable { name, is_integer: false, meaning: "a number of the test" }
}

fn p_one(_: &Step<'_, f64, State>, _: &mut Random) -> Result<Signals, Fault> {
    Ok(Signals { sum: 1.0 })
}

fn p_parameter(step: &Step<'_, f64, State>, _: &mut Random) -> Result<Signals, Fault> {
    Ok(Signals { sum: *step.parameters })
}

fn s_left(step: &Step<'_, f64, State>, _: &Signals, after: &mut State, _: &mut Random) -> Result<(), Fault> {
    after.left = step.before.right;
    Ok(())
}

fn s_right(step: &Step<'_, f64, State>, _: &Signals, after: &mut State, _: &mut Random) -> Result<(), Fault> {
    after.right = step.before.left;
    Ok(())
}

fn s_told(
    step: &Step<'_, f64, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    after.told = step.before.told + signals.sum;
    if step.timestep == 9 {
        return Err(Fault::new("told", "has told enough"));
    }
    Ok(())
}

const MODEL: Model<f64, State, Signals> = Model {
    variables: &[variable("left"), variable("right"), variable("told")],
    details: None,
    check: |_| Vec::new(),
    genesis_parameters: &[],
    genesis: |_, _| Ok(State { left: 1.0, right: 2.0, told: 0.0 }),
    blocks: &[
        Block { policies: &[], updates: &[s_left, s_right] },
        Block { policies: &[p_one, p_parameter, p_one], updates: &[s_told] },
    ],
    row: |state| vec![state.left, state.right, state.told],
    ending: |_| Ending::Work,
    is_paired: false,
};

/// Timestep, substep, values.
type Row = (u32, u32, Vec<f64>);

/// All rows of a run of the model.
fn rows(timesteps: u32) -> (Vec<Row>, Result<State, Stop<()>>) {
    let mut rows = Vec::new();
    let parameters = [10.0, 10.0, 100.0];
    let mut random = Random::new(Rng::ChaCha, 0, (0, 0, 1));
    let at = |timestep: u32| &parameters[(timestep as usize).min(2)];
    let end = run(&MODEL, at, timesteps, &mut random, |at: At, row, _| {
        rows.push((at.timestep, at.substep, row.to_vec()));
        Ok(())
    });
    (rows, end)
}

#[test]
fn a_block_sees_the_state_before_it_and_policies_add_up() {
    let (rows, end) = rows(2);
    assert_eq!(
        rows,
        [
            (0, 0, vec![1.0, 2.0, 0.0]),
            (1, 1, vec![2.0, 1.0, 0.0]),
            (1, 2, vec![2.0, 1.0, 12.0]),
            (2, 1, vec![1.0, 2.0, 12.0]),
            (2, 2, vec![1.0, 2.0, 114.0]),
        ]
    );
    assert!(end.is_ok());
}

#[test]
fn a_fault_names_its_place_and_keeps_the_rows_before() {
    let (rows, end) = rows(20);
    assert_eq!(rows.last().map(|(timestep, substep, _)| (*timestep, *substep)), Some((9, 1)));
    let Err(Stop::Failed(at, fault)) = end else { panic!("it went on") };
    assert_eq!((at.timestep, at.substep, fault.variable), (9, 2, "told"));
}
