"""Many seeds of one scenario."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import _core, _tables
from ._catalog import ScenarioLike, Source
from ._run import Run

_INTEGERS = ["events", "messages_sent", "messages_dropped", "faults", "restarts", "operations_ok", "operations_fail",
             "operations_info", "first_try_ok"]


@dataclass(frozen=True)
class Task:
    """One seed of a sweep: a callable that can be pickled, for any concurrent.futures.Executor."""

    source: Source
    seed: int

    def __call__(self) -> dict:
        crashed, text = _core.row_apart(self.source.plan(self.seed), self.source.name)
        if crashed:
            row = {**_CRASHED, "signature": "crash: " + text}
        else:
            row = json.loads(text)
        return {"seed": self.seed, **row}


_CRASHED = {"outcome": "fail", "digest": "", "simulated_s": 0.0, "wall_s": 0.0, **dict.fromkeys(_INTEGERS, 0),
            "latency_p50_ns": -1, "latency_p99_ns": -1, "failed_at_s": -1e-9, "sometimes": {}}


def _call(task: Task) -> dict:
    return task()


class Sweep:
    """What became of each seed. `results` has one row a seed, in the order of the seeds."""

    def __init__(self, source: Source, rows: list[dict]):
        self._source = source
        rows = sorted(rows, key=lambda r: r["seed"])
        self.scenario = source.name
        sometimes = [r["sometimes"] for r in rows]
        table = pd.DataFrame([{k: v for k, v in r.items() if k != "sometimes"} for r in rows], columns=[
            "seed", "outcome", "signature", "digest", "simulated_s", "wall_s", *_INTEGERS, "latency_p50_ns",
            "latency_p99_ns", "failed_at_s"])
        table["seed"] = table["seed"].astype(np.uint64)
        table["outcome"] = pd.Categorical(table["outcome"], categories=_tables.VERDICTS)
        table["signature"] = table["signature"].astype("category")
        for name in _INTEGERS:
            table[name] = table[name].astype(np.int64)
        for name in ("latency_p50_ns", "latency_p99_ns"):
            table[name] = table[name].astype("Int64").mask(table[name] < 0)
        table["failed_at_s"] = table["failed_at_s"].astype(np.float64).mask(table["failed_at_s"] < 0)
        self.results: pd.DataFrame = table
        self.sometimes: pd.DataFrame = pd.DataFrame(sometimes, index=pd.Index(table["seed"], name="seed")).fillna(0).astype(
            np.int64)

    def __len__(self) -> int:
        return len(self.results)

    @property
    def failed_seeds(self) -> list[int]:
        return [int(s) for s in self.results.loc[self.results["outcome"] == "fail", "seed"]]

    @property
    def failures(self) -> list[Run]:
        """The failing seeds as runs; each runs again when something of it is asked for."""
        return [self.run(seed) for seed in self.failed_seeds]

    def run(self, seed: int) -> Run:
        """One seed of this sweep as a Run. Raises BadInput for a seed that was not swept."""
        row = self.results.loc[self.results["seed"] == seed]
        if row.empty:
            raise _core.BadInput(f"seed {seed} is not in this sweep")
        return Run(self._source.plan(seed), digest=row["digest"].iloc[0] or None, source=f"{self.scenario} seed {seed}",
                   replay_command=self._source.replay_command(seed))

    @property
    def signatures(self) -> pd.DataFrame:
        """Failures by signature: how many seeds, and the first of them."""
        bad = self.results[self.results["outcome"] == "fail"]
        grouped = bad.groupby("signature", observed=True)["seed"]
        return pd.DataFrame({"seeds": grouped.size(), "first": grouped.min()}).sort_values(
            ["seeds", "first"], ascending=[False, True])

    def explain(self) -> str:
        """The sweep in a few lines."""
        counts = self.results["outcome"].value_counts()
        lines = [f"{self.scenario}: {len(self)} seeds, " + ", ".join(f"{counts[o]} {o}" for o in _tables.VERDICTS if counts[o])]
        lines += [f"  {row.seeds:>5} x {row.Index}   first: seed {row.first}" for row in self.signatures.itertuples()]
        never = [name for name in self.sometimes if not self.sometimes[name].any()]
        if never:
            lines.append("  never exercised: " + ", ".join(never))
        return "\n".join(lines)

    def plot_outcomes(self):
        """A Figure: pass, fail, unknown by seed, and failures by signature."""
        from ._plots import plot_outcomes
        return plot_outcomes(self)

    def plot_latency(self):
        """A Figure: the distribution over seeds of the median and the 99th percentile of operation latency."""
        from ._plots import plot_latency
        return plot_latency(self)

    def plot_detection(self):
        """A Figure: the share of failures found after n seeds, and how far into the run each became visible."""
        from ._plots import plot_detection
        return plot_detection(self)

    def plot_sometimes(self):
        """A Figure: in how many seeds each "sometimes" claim came true."""
        from ._plots import plot_sometimes
        return plot_sometimes(self)

    def __repr__(self) -> str:
        counts = self.results["outcome"].value_counts()
        return f"<worknode.Sweep {self.scenario}: {counts['pass']} pass, {counts['fail']} fail, {counts['unknown']} unknown>"


def _finished(executor: Executor, tasks: list[Task]) -> Iterator[dict]:
    futures = [executor.submit(_call, task) for task in tasks]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def sweep(scenario: ScenarioLike, seeds: Iterable[int] | int = 100, *, executor: Executor | None = None,
          progress: bool = True, **overrides) -> Sweep:
    """Runs many seeds of a scenario.

    scenario, overrides: as in wn.run. seeds: numbers, or how many to take from 0.
    executor: any concurrent.futures.Executor (a process pool, Dask, Ray); tasks are picklable and each gives one small
        dict. Default: a thread for each core. Every seed runs in a process of its own, so that one whose code under
        test dies is a failure with the signature "crash: …" and not the end of the notebook.
    progress: show a bar on standard error.

    The result does not depend on the executor. Raises BadInput for a wrong scenario or seed.
    """
    numbers = list(range(seeds)) if isinstance(seeds, (int, np.integer)) and not isinstance(seeds, bool) else list(seeds)
    if not numbers:
        raise _core.BadInput("no seeds to sweep")
    if len(set(numbers)) != len(numbers):
        raise _core.BadInput("a seed occurs twice")
    source = Source(scenario, overrides)
    source.plan(numbers[0])  # what is wrong with the scenario shows before any work is handed out
    tasks = [Task(source, int(s) if hasattr(s, "__index__") else s) for s in numbers]
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor: expected a concurrent.futures.Executor, got {type(executor).__name__}")
    own = ThreadPoolExecutor(os.cpu_count() or 1) if executor is None else None
    try:
        rows = _finished(executor or own, tasks)
        if progress:
            from tqdm import tqdm
            rows = tqdm(rows, total=len(tasks), desc=source.name, unit="seed", file=sys.stderr, mininterval=0.2)
        return Sweep(source, list(rows))
    finally:
        if own is not None:
            own.shutdown(wait=True, cancel_futures=True)
