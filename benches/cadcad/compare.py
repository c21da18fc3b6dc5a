"""Times of cadCAD and of meed for the same simulations; benches/cadcad.sh runs it.

    compare.py MEED                          all cases
    compare.py MEED REPLAY.json              with the published rows of the original to check against

Both make all rows of all substeps: cadCAD in memory, meed as CSV into a pipe. The time of cadCAD is that of
its Executor, without the start of Python and without the imports; the time of meed is that of the whole
command. Before anything is measured the rows of cadCAD are held against meed's, and against the published
ones where they are given: a model that computes something else has no time worth knowing.
"""

import contextlib
import csv
import io
import json
import logging
import math
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cadCAD.configuration import Experiment
from cadCAD.configuration.utils import config_sim
from cadCAD.engine import ExecutionContext, ExecutionMode, Executor

import conviction
import work

SAME = 1e-9
# Model, timesteps, runs, how often cadCAD and meed are timed; the best counts.
CASES = [
    ("conviction", 100, 1, 3, 10),
    ("conviction", 400, 1, 1, 10),
    ("conviction", 100, 10, 1, 5),
    ("work", 52, 3, 3, 10),
    ("work", 52, 1000, 1, 10),
]


# ---------------------------------------------------------------- cadCAD


def cadcad(model, timesteps, runs, seed=0, **changes):
    """The rows that cadCAD makes, and the seconds that it takes."""
    if model == "conviction":
        np.random.seed(seed)
        params, blocks = conviction.DEFAULTS | changes, conviction.BLOCKS
        state = conviction.genesis(params)
    else:
        random.seed(seed)
        params, blocks, state = {}, work.BLOCKS, dict(work.GENESIS)
    experiment = Experiment()
    simulation = {"N": runs, "T": range(timesteps), "M": {name: [value] for name, value in params.items()}}
    experiment.append_model(
        initial_state=state,
        partial_state_update_blocks=blocks,
        sim_configs=config_sim(simulation if params else {"N": runs, "T": range(timesteps)}),
    )
    context = ExecutionContext(context=ExecutionMode().single_mode)
    # The experiment's own configurations; the global list stays empty.
    executor = Executor(exec_context=context, configs=experiment.configs)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        begin = time.perf_counter()
        rows, _, _ = executor.execute()
        seconds = time.perf_counter() - begin
    return rows, seconds


# ---------------------------------------------------------------- meed


def meed_file(folder, model, timesteps, runs, seed=0):
    rng = "numpy-legacy" if model == "conviction" else "cpython"
    path = Path(folder) / f"{model}.json"
    simulation = {"model": model, "rng": rng, "seed": seed, "timesteps": timesteps, "runs": runs, "rows": "all"}
    path.write_text(json.dumps(simulation))
    return path


def meed(program, path):
    """The rows that meed prints, and the seconds that the command takes."""
    command = [program, "simulate", str(path), "--format", "csv"]
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - begin
    return done.stdout, seconds


# ---------------------------------------------------------------- the same rows


def is_same(one, other):
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or abs(one - other) <= SAME * max(abs(one), abs(other))


def figures(row):
    """What a row of cadCAD's model says, by the names of meed's columns."""
    if "network" not in row:
        figures = dict(row)
        figures["contributors_token_balance"] = figures.pop("token_balance")
        return {name: figures[name] for name in figures if name not in ("simulation", "subset")}
    graph = row["network"]
    status = {}
    for j in graph.of_kind("proposal"):
        status.setdefault(graph.nodes[j]["status"], []).append(graph.nodes[j])
    candidates = status.get("candidate", [])
    participants = [graph.nodes[i] for i in graph.of_kind("participant")]
    found = {
        "funds": row["funds"],
        "participants": len(participants),
        "proposals": sum(len(proposals) for proposals in status.values()),
        "candidates": len(candidates),
        "candidate_conviction": sum(node["conviction"] for node in candidates),
        "holdings": sum(node["holdings"] for node in participants),
    }
    for name in ("active", "completed", "failed", "killed"):
        found[name] = len(status.get(name, []))
    for name in ("candidate", "active", "completed", "failed", "killed"):
        found[f"requested_{name}"] = sum(node["requested"] for node in status.get(name, []))
    return found | {name: row[name] for name in ("run", "substep", "timestep")}


def check_meed(program, folder, model, timesteps, runs, seed):
    """Row for row, cadCAD and meed."""
    theirs, _ = cadcad(model, timesteps, runs, seed)
    printed, _ = meed(program, meed_file(folder, model, timesteps, runs, seed))
    ours = list(csv.DictReader(io.StringIO(printed.decode())))
    if len(theirs) != len(ours):
        sys.exit(f"{model}: cadCAD makes {len(theirs)} rows, meed {len(ours)}")
    for their, our in zip(theirs, ours):
        for name, value in figures(their).items():
            if not is_same(float(value), float(our[name])):
                place = f"run {our['run']} timestep {our['timestep']} substep {our['substep']}"
                sys.exit(f"{model} {place}: {name} is {value} in cadCAD, {our[name]} in meed")
    return len(ours)


def check_published(path):
    """Row for row, cadCAD and the published rows of the original."""
    for run in json.loads(Path(path).read_text())["runs"]:
        rows, _ = cadcad("conviction", 100, 1, run["seed"], rho=run["rho"])
        by_place = {(row["timestep"], row["substep"]): row for row in rows}
        for published in run["rows"]:
            row = by_place[published["t"], published["ss"]]
            found = figures(row)
            pairs = [("funds", "funds"), ("participants", "n_participants"), ("holdings", "holdings_total")]
            for ours, theirs in pairs:
                if not is_same(found[ours], published[theirs]):
                    sys.exit(f"{published['t']}: {ours} is {found[ours]}, not {published[theirs]}")
            statuses = {"candidate": "c", "active": "a", "completed": "C", "failed": "f", "killed": "k"}
            nodes = [row["network"].nodes[j] for j in row["network"].of_kind("proposal")]
            if "".join(statuses[node["status"]] for node in nodes) != published["status"]:
                sys.exit(f"{published['t']}: the statuses are not {published['status']}")
            for theirs, ours in [("funds_requested", "requested"), ("conviction", "conviction")]:
                for node, value in zip(nodes, published.get(theirs, [])):
                    if not is_same(node[ours], math.nan if value is None else value):
                        sys.exit(f"{published['t']}: {ours} is {node[ours]}, not {value}")
        print(f"cadCAD makes the {len(run['rows'])} published rows of rho {run['rho']}")


def main():
    logging.disable(logging.CRITICAL)
    program = sys.argv[1]
    if len(sys.argv) > 2:
        check_published(sys.argv[2])
    checked = [("conviction", 100, 1, 0), ("conviction", 60, 1, 7), ("work", 52, 3, 1)]
    with tempfile.TemporaryDirectory() as folder:
        for model, timesteps, runs, seed in checked:
            count = check_meed(program, folder, model, timesteps, runs, seed)
            print(f"{model}, seed {seed}: cadCAD and meed make the same {count} rows")
        print(f"{'':34}{'cadCAD':>12}{'meed':>12}{'ratio':>9}")
        for model, timesteps, runs, often, meed_often in CASES:
            theirs = min(cadcad(model, timesteps, runs)[1] for _ in range(often))
            path = meed_file(folder, model, timesteps, runs)
            ours = min(meed(program, path)[1] for _ in range(meed_often))
            name = f"{model}, {timesteps} steps, {runs} run{'s' if runs > 1 else ''}"
            print(f"{name:34}{theirs:>10.3f} s{ours * 1000:>9.1f} ms{theirs / ours:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
