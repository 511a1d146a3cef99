"""Many seeds of one scenario."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
import pandas as pd

from . import _core, _tables
from ._catalog import ScenarioLike, Source
from ._engine import COUNTS, rows_of
from ._run import Run


class SweepInterrupted(KeyboardInterrupt):
    """Ctrl-C during a sweep. `sweep` is what had finished by then; its `resume()` runs the rest."""

    def __init__(self, sweep: Sweep):
        super().__init__(f"interrupted after {len(sweep)} of {len(sweep) + len(sweep.not_run)} seeds")
        self.sweep = sweep


class Sweep:
    """What became of each seed. `results` has one row a seed, in the order of the seeds.

    A seed whose worker went away (killed, out of memory, its machine lost) has outcome "unknown" and the reason in
    `trouble`; one that was never handed out is in `not_run`. `resume()` runs both.
    """

    def __init__(self, source: Source, rows: list[dict], asked: Iterable[int] | None = None):
        self._source = source
        self._rows = rows
        rows = sorted(rows, key=lambda r: r["seed"])
        self.scenario = source.name
        sometimes = [r["sometimes"] for r in rows]
        had = {r["seed"] for r in rows}
        self.not_run: list[int] = [] if asked is None else [s for s in asked if s not in had]
        table = pd.DataFrame([{k: v for k, v in r.items() if k != "sometimes"} for r in rows], columns=[
            "seed", "outcome", "signature", "digest", "simulated_s", "wall_s", *COUNTS, "latency_p50_ns",
            "latency_p99_ns", "failed_at_s", "trouble"])
        table["seed"] = table["seed"].astype(np.uint64)
        table["outcome"] = pd.Categorical(table["outcome"], categories=_tables.VERDICTS)
        table["signature"] = table["signature"].astype("category")
        for name in COUNTS:
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
    def lost_seeds(self) -> list[int]:
        """Seeds whose worker went away before it could say what became of them."""
        return [int(s) for s in self.results.loc[self.results["trouble"] != "", "seed"]]

    @property
    def failures(self) -> list[Run]:
        """The failing seeds as runs; each runs again when something of it is asked for."""
        return [self.run(seed) for seed in self.failed_seeds]

    @property
    def failure_table(self) -> pd.DataFrame:
        """The failing seeds with what it takes to have them again: seed, signature, failed_at_s, digest, replay (a
        command), plan (its text, for `worknode replay FILE` and wn.load)."""
        bad = self.results.loc[self.results["outcome"] == "fail", ["seed", "signature", "failed_at_s", "digest"]]
        bad = bad.reset_index(drop=True)
        seeds = [int(s) for s in bad["seed"]]
        return bad.assign(replay=[self._source.replay_command(s) for s in seeds], plan=[self._source.plan(s) for s in seeds])

    @property
    def totals(self) -> dict:
        """The sums that do not depend on who ran the seeds, or in which order. `digest` is over every seed's digest."""
        counts = self.results["outcome"].value_counts()
        lines = "".join(f"{seed} {digest}\n" for seed, digest in zip(self.results["seed"], self.results["digest"]))
        return {"seeds": len(self), "passed": int(counts["pass"]), "failed": int(counts["fail"]),
                "unknown": int(counts["unknown"]), "lost": len(self.lost_seeds),
                "events": int(self.results["events"].sum()), "operations_ok": int(self.results["operations_ok"].sum()),
                "signatures": {k: int(v) for k, v in self.signatures["seeds"].items()},
                "digest": hashlib.sha256(lines.encode()).hexdigest()}

    def resume(self, *, executor: Executor | None = None, progress: bool = True, **how) -> Sweep:
        """A sweep in which the lost and the not run seeds have run too. `executor`, `progress`, … as in wn.sweep."""
        lost = set(self.lost_seeds)
        missing = [*self.not_run, *lost]
        kept = [r for r in self._rows if r["seed"] not in lost]
        if not missing:
            return self
        return _swept(self._source, sorted(missing), executor=executor, progress=progress, had=kept, **how)

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
        if self.lost_seeds:
            words = self.results.loc[self.results["trouble"] != "", "trouble"].iloc[0]
            lines.append(f"  {len(self.lost_seeds):>5} lost with their worker ({words}); .resume() runs them")
        if self.not_run:
            lines.append(f"  {len(self.not_run):>5} not run; .resume() runs them")
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


def _stopper(stop) -> tuple[Callable[[], bool], Callable[[dict], None]]:
    """(whether to stop, what to tell of each row) for the forms that `stop` may have."""
    if stop is None:
        return (lambda: False), (lambda row: None)
    if callable(getattr(stop, "is_set", None)):
        return stop.is_set, (lambda row: None)
    if not callable(stop):
        raise TypeError(f"stop: expected a threading.Event or a function of a row, got {type(stop).__name__}")
    said = []

    def hear(row: dict) -> None:
        if not said and stop(row):
            said.append(True)

    return (lambda: bool(said)), hear


def _swept(source: Source, seeds: list[int], *, executor: Executor | None, progress: bool, had: list[dict] = (),
           chunk: int | None = None, in_flight: int | None = None, stop=None) -> Sweep:
    for name, value in (("chunk", chunk), ("in_flight", in_flight)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise _core.BadInput(f"{name}: expected a whole number from 1, got {value!r}")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor: expected a concurrent.futures.Executor, got {type(executor).__name__}")
    stopped, hear = _stopper(stop)
    own = ThreadPoolExecutor(os.cpu_count() or 1) if executor is None else None
    rows, bar, failed = list(had), None, 0
    asked = sorted({*seeds, *(r["seed"] for r in had)})
    try:
        if progress:
            from tqdm import tqdm
            bar = tqdm(total=len(seeds), desc=source.name, unit="seed", file=sys.stderr, mininterval=0.2)
        for row in rows_of(executor or own, source.portable(), seeds, chunk=chunk, in_flight=in_flight, stop=stopped):
            rows.append(row)
            hear(row)
            failed += row["outcome"] == "fail"
            if bar is not None:
                if row["outcome"] == "fail":
                    bar.set_postfix_str(f"{failed} failing", refresh=False)
                bar.update()
    except KeyboardInterrupt:
        raise SweepInterrupted(Sweep(source, rows, asked)) from None
    finally:
        if bar is not None:
            bar.close()
        if own is not None:
            own.shutdown(wait=True, cancel_futures=True)
    return Sweep(source, rows, asked)


def sweep(scenario: ScenarioLike, seeds: Iterable[int] | int = 100, *, executor: Executor | None = None,
          progress: bool = True, chunk: int | None = None, in_flight: int | None = None,
          stop: Callable[[dict], bool] | object = None, **overrides) -> Sweep:
    """Runs many seeds of a scenario.

    scenario, overrides: as in wn.run. seeds: numbers, or how many to take from 0.
    executor: any concurrent.futures.Executor (a process pool, Dask's `client.get_executor()`); what it is sent is the
        scenario's text and some seed numbers, what comes back is one small dict a seed. Default: a thread for each
        core. Every seed runs in a process of its own, so that one whose code under test dies is a failure with the
        signature "crash: …" and not the end of the notebook.
    progress: show a bar on standard error.
    chunk: seeds of one task (default: by the number of seeds and workers, at most 64).
    in_flight: tasks under way at a time (default: three for each worker), so that a sweep of millions stays small.
    stop: a threading.Event, or a function that is shown each finished row and says whether to end there. What runs then
        is waited for; the rest is in `.not_run`.

    The result does not depend on the executor. A seed whose worker goes away is tried once more by itself, then it is in
    `.lost_seeds`. Ctrl-C raises SweepInterrupted, whose `sweep` holds what had finished.
    Raises BadInput for a wrong scenario or seed.
    """
    numbers = list(range(seeds)) if isinstance(seeds, (int, np.integer)) and not isinstance(seeds, bool) else list(seeds)
    if not numbers:
        raise _core.BadInput("no seeds to sweep")
    source = Source(scenario, overrides)
    for seed in numbers:
        source.check_seed(seed)
    numbers = [int(s) for s in numbers]
    if len(set(numbers)) != len(numbers):
        raise _core.BadInput("a seed occurs twice")
    source.plan(numbers[0])  # what is wrong with the scenario shows before any work is handed out
    return _swept(source, numbers, executor=executor, progress=progress, chunk=chunk, in_flight=in_flight, stop=stop)
