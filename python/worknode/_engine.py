"""Hands the seeds of a sweep to an executor, in chunks, with few of them under way at a time.

An executor is anything with `submit(function, *arguments)` that gives `concurrent.futures.Future`s. What it knows of a
sweep is one picklable callable a chunk; what it sends back is one small dict a seed.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, wait
from dataclasses import dataclass

from . import _core
from ._catalog import Source

CHUNK_MAX = 64        # seeds of one task, when nobody said how many
TASKS_A_SLOT = 3      # tasks under way for each worker: one runs, two wait at hand
POLL_SECONDS = 0.2    # how long a request to stop may go unseen
COUNTS = ["events", "messages_sent", "messages_dropped", "faults", "restarts", "operations_ok", "operations_fail",
          "operations_info", "first_try_ok"]
_NOTHING = {"digest": "", "simulated_s": 0.0, "wall_s": 0.0, **dict.fromkeys(COUNTS, 0), "latency_p50_ns": -1,
            "latency_p99_ns": -1, "failed_at_s": -1e-9, "sometimes": {}, "trouble": ""}


@dataclass(frozen=True)
class Task:
    """Some seeds of a sweep, as a callable that can be pickled."""

    source: Source
    seeds: tuple[int, ...]

    def __call__(self) -> list[dict]:
        return [self._row(seed) for seed in self.seeds]

    def _row(self, seed: int) -> dict:
        crashed, text = _core.row_apart(self.source.plan(seed), self.source.name)
        if crashed:
            return {**_NOTHING, "seed": seed, "outcome": "fail", "signature": "crash: " + text}
        return {**_NOTHING, "seed": seed, **json.loads(text)}


def call(task: Task) -> list[dict]:
    return task()


def lost(seed: int, error: BaseException) -> dict:
    """The row of a seed whose worker went away: not a violation, and not a pass."""
    words = str(error).strip().splitlines()
    return {**_NOTHING, "seed": seed, "outcome": "unknown", "signature": "",
            "trouble": type(error).__name__ + (": " + words[0] if words else "")}


def slots_of(executor: Executor) -> int:
    """How many tasks the executor can run at once, as far as it can be told."""
    workers = getattr(executor, "_max_workers", None)
    if isinstance(workers, int) and workers > 0:
        return workers
    client = getattr(executor, "_client", None)  # Dask's
    try:
        return max(1, sum(client.nthreads().values()))
    except Exception:
        return os.cpu_count() or 1


def chunk_for(seeds: int, slots: int) -> int:
    """So that each worker has a good many chunks to take: the last of them should not keep all others waiting."""
    return max(1, min(CHUNK_MAX, seeds // (slots * 16)))


def rows_of(executor: Executor, source: Source, seeds: list[int], *, chunk: int | None, in_flight: int | None,
            stop: Callable[[], bool]) -> Iterator[dict]:
    """The rows as they come. Ends early when stop() says so; what is under way then is waited for, what was not handed
    out is left out. A chunk whose worker dies is handed out again seed by seed, so that one bad seed costs only itself."""
    slots = slots_of(executor)
    size = chunk or chunk_for(len(seeds), slots)
    most = in_flight or slots * TASKS_A_SLOT
    waiting = deque(tuple(seeds[i:i + size]) for i in range(0, len(seeds), size))
    open_tasks: dict = {}
    try:
        while open_tasks or (waiting and not stop()):
            while waiting and len(open_tasks) < most and not stop():
                part = waiting.popleft()
                try:
                    open_tasks[executor.submit(call, Task(source, part))] = part
                except BrokenExecutor as error:  # it takes nothing more, now or later
                    yield from (lost(seed, error) for seed in part)
            done, _ = wait(open_tasks, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            if stop():
                for future in open_tasks:
                    future.cancel()
            for future in done:
                part = open_tasks.pop(future)
                try:
                    rows = future.result()
                except CancelledError:
                    continue
                except _core.BadInput:
                    raise
                except Exception as error:
                    if len(part) > 1:
                        waiting.extend((seed,) for seed in part)
                    else:
                        yield lost(part[0], error)
                    continue
                yield from rows
    finally:
        for future in open_tasks:
            future.cancel()
