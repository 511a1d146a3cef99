"""Whoever runs the seeds, the totals are the same; and what a machine loses is told."""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import worknode as wn
from conftest import ROOT
from worknode._catalog import Source

SHORT = {"duration": "6s", "freeze": "2s"}
SEEDS = range(20, 32)  # 24 shows the planted bug
PROGRAM = ROOT / "build" / "release" / "worknode"


class Serial(Executor):
    """One seed after the other, in the caller."""

    def submit(self, function, task):
        future = Future()
        try:
            future.set_result(function(task))
        except BaseException as error:
            future.set_exception(error)
        return future


@contextlib.contextmanager
def dask_cluster():
    distributed = pytest.importorskip("distributed", reason="no distributed (Dask) here: its cluster was not tried")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            yield client.get_executor()


def pool(context):
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(context))


@pytest.fixture(scope="module")
def buggy():
    return ROOT / "scenarios" / "catalog" / "negative" / "raft-read-without-quorum.toml"


@pytest.fixture(scope="module")
def reference(buggy):
    return wn.sweep(buggy, SEEDS, executor=Serial(), progress=False, **SHORT)


def same(sweep, reference):
    columns = [c for c in reference.results.columns if c != "wall_s"]
    pd.testing.assert_frame_equal(sweep.results[columns], reference.results[columns])
    pd.testing.assert_frame_equal(sweep.sometimes.sort_index(axis=1), reference.sometimes.sort_index(axis=1))
    assert sweep.totals == reference.totals


@pytest.mark.parametrize("engine", [None, lambda: pool("fork"), lambda: pool("spawn"), dask_cluster],
                         ids=["threads", "fork", "spawn", "dask"])
def test_the_totals_are_those_of_a_serial_sweep(engine, buggy, reference):
    with engine() if engine else contextlib.nullcontext() as executor:
        same(wn.sweep(buggy, SEEDS, executor=executor, chunk=5, progress=False, **SHORT), reference)


def test_shards_of_the_program_merge_to_the_same_totals(buggy, reference, tmp_path, monkeypatch):
    if not PROGRAM.is_file():
        pytest.skip("build/release/worknode is not built: its shards were not tried")
    monkeypatch.chdir(tmp_path)
    scenario = Path("raft-read-without-quorum.toml")
    scenario.write_text(Source(buggy, SHORT).text, "utf-8")
    for i in (1, 2, 3):
        subprocess.run([PROGRAM, "chaos", scenario, "--seeds", f"{SEEDS[0]}..{SEEDS[-1]}", "--shard", f"{i}/3", "--no-folders",
                        "--no-shrink", "--results", f"shard-{i}.jsonl"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    table = wn.read_results("shard-*.jsonl")
    for column in ("seed", "outcome", "digest", "events", "operations_ok"):
        pd.testing.assert_series_equal(table[column], reference.results[column])
    merged = subprocess.run([PROGRAM, "merge", *map(str, sorted(tmp_path.glob("*.jsonl"))), "--json", "-"],
                            capture_output=True, text=True)
    totals = json.loads(merged.stdout)
    assert (totals["seeds"], totals["passed"], len(totals["failed"])) == tuple(
        reference.totals[k] for k in ("seeds", "passed", "failed"))
    assert {g["signature"]: g["count"] for g in totals["groups"]} == reference.totals["signatures"]
    assert (totals["events"], totals["operations_ok"]) == (reference.totals["events"], reference.totals["operations_ok"])


def test_a_failure_carries_its_plan_and_a_command(reference, tmp_path):
    assert reference.failed_seeds == [24]
    row = reference.failure_table.iloc[0]
    assert str(row["seed"]) in row["replay"] and 'duration="6s"' in row["replay"]
    assert reference.failures[0].replay_command == row["replay"]
    again = subprocess.run(row["replay"].replace("python3", sys.executable, 1), shell=True, capture_output=True, text=True)
    assert str(row["signature"]) in again.stdout
    assert wn.load(_written(row["plan"], tmp_path)).digest == row["digest"]


def _written(plan, folder):
    (folder / "plan.txtpb").write_text(plan, "utf-8")
    return folder / "plan.txtpb"


# Workers that die: by the seed, as a killer for lack of memory would have it.

def deadly(function, task, bad):
    if bad in task.seeds:
        os.kill(os.getpid(), signal.SIGKILL)
    return function(task)


class Deadly(Executor):
    """A new process a task, so that a death costs one task and not the pool (as a cluster's scheduler has it)."""

    def __init__(self, bad):
        self.bad = bad

    def submit(self, function, task):
        future = Future()
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as one:
            try:
                future.set_result(one.submit(deadly, function, task, self.bad).result())
            except Exception as error:
                future.set_exception(error)
        return future


def test_a_dead_worker_costs_its_own_seed_and_says_so(buggy, reference):
    sweep = wn.sweep(buggy, SEEDS[:4], executor=Deadly(bad=22), chunk=4, progress=False, **SHORT)
    assert sweep.lost_seeds == [22]
    row = sweep.results.set_index("seed").loc[22]
    assert row["outcome"] == "unknown" and row["trouble"].startswith("BrokenProcessPool")
    assert "lost" in sweep.explain()
    whole = sweep.resume(progress=False)
    assert whole.lost_seeds == [] and list(whole.results["digest"]) == list(reference.results["digest"][:4])


def test_a_broken_pool_loses_nothing_silently(buggy):
    with pool("fork") as executor:
        executor.submit(os._exit, 1).exception()
        sweep = wn.sweep(buggy, SEEDS, executor=executor, progress=False, **SHORT)
    assert sweep.lost_seeds == list(SEEDS) and sweep.totals["lost"] == len(SEEDS)


def test_a_sweep_can_be_stopped_and_taken_up_again(buggy, reference):
    sweep = wn.sweep(buggy, SEEDS, executor=Serial(), chunk=2, in_flight=1, progress=False, stop=lambda row: True, **SHORT)
    assert len(sweep) == 2 and len(sweep.not_run) == 10
    same(sweep.resume(progress=False), reference)
    event = threading.Event()
    event.set()
    assert len(wn.sweep(buggy, SEEDS, progress=False, stop=event, **SHORT)) == 0


def test_few_tasks_are_under_way_and_each_is_small(buggy, reference):
    given = reference._rows[0]

    class Holding(Executor):
        """Answers only when three tasks wait: a sweep that hands out fewer would never end, one more is told."""

        held: list = []

        def submit(self, function, task):
            future = Future()
            self.held.append((future, task))
            assert len(self.held) <= 3
            if len(self.held) == 3 or task.seeds[-1] == 599:
                for f, t in self.held:
                    f.set_result([{**given, "seed": seed} for seed in t.seeds])
                self.held.clear()
            return future

    assert len(wn.sweep(buggy, range(600), executor=Holding(), in_flight=3, chunk=50, progress=False, **SHORT)) == 600


def test_what_is_not_a_number_of_seeds_is_refused(buggy):
    for wrong in ({"chunk": 0}, {"in_flight": -1}, {"chunk": True}):
        with pytest.raises(wn.BadInput, match="expected a whole number from 1"):
            wn.sweep(buggy, 2, progress=False, **wrong)
    with pytest.raises(TypeError, match="stop: expected"):
        wn.sweep(buggy, 2, progress=False, stop=3)
    with pytest.raises(wn.BadInput, match="no such file"):
        wn.read_results("nothing-*.jsonl")
