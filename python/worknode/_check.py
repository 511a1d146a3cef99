"""Judging histories, wherever they came from."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from . import _core
from ._model import Adapter
from ._rows import to_jsonl


@dataclass(frozen=True)
class Link:
    """One step of a cycle: operation `source` must come before operation `target`, because `why`."""

    source: int
    target: int
    kind: str  # "ww", "wr", "rw", "process", "realtime", …
    why: str


@dataclass(frozen=True)
class Anomaly:
    """One thing that is wrong, in the words of its field: "G-single", "lost-update", …"""

    type: str
    explanation: str
    operations: tuple[int, ...]
    links: tuple[Link, ...] = ()  # a cycle, when there is one


@dataclass(frozen=True)
class Verdict:
    """What a checker found. `fail` is a proof; `pass` is worth what `pass_means` says; `unknown` means that a budget
    ran out, or that the history says too little (`explanation` tells which).

    operations, witness: the operations that show it, as numbers and in words.
    anomalies, ruled_out, also_ruled_out: of transactions; consistency models that do not hold, the weakest first.
    plots: files that Elle drew.
    """

    outcome: str
    claim: str
    signature: str = ""
    explanation: str = ""
    operations: tuple[int, ...] = ()
    witness: tuple[str, ...] = field(default=(), repr=False)
    model: str = ""
    consistency: str = ""
    checker: str = ""
    pass_means: str = field(default="", repr=False)
    anomalies: tuple[Anomaly, ...] = field(default=(), repr=False)
    ruled_out: tuple[str, ...] = ()
    also_ruled_out: tuple[str, ...] = field(default=(), repr=False)
    plots: tuple[str, ...] = field(default=(), repr=False)
    _prose: str = field(default="", repr=False)
    _picture: dict = field(default_factory=dict, repr=False, compare=False)

    def __bool__(self) -> bool:
        """True for `pass` alone."""
        return self.outcome == "pass"

    def explain(self) -> str:
        """The verdict in plain words: what was found, why it is wrong, and the operations that show it."""
        lines = [f"{self.outcome.upper()}  {self.signature or self.claim}"]
        if self.outcome == "pass":
            return "\n".join(lines + ([f"  {self.pass_means}"] if self.pass_means else []))
        prose = self._prose.rstrip() or self.explanation
        lines += ["  " + line for line in prose.splitlines()]
        if not self._prose and self.witness:
            lines += ["  the operations that show it:"] + ["    " + w for w in self.witness]
        return "\n".join(lines)

    def plot(self, *, width: float = 9.0):
        """A matplotlib figure: for transactions each cycle drawn with a reason at every arrow; else operations as bars
        over time, with the order of those that can be explained and, in red, those that no order explains.

        width: inches.
        """
        from ._check_plot import plot_verdict

        return plot_verdict(self, width)

    def __str__(self) -> str:
        return self.explain()


def list_models() -> dict[str, str]:
    """The models that `check` knows: name -> what it is, and what is asked of it when nobody says."""
    return {name: f"{summary} (asked for: {consistency})" for name, summary, consistency in _core.models()}


def list_consistencies() -> dict[str, str]:
    """The consistency models that `check` knows: name -> what it is; "" for names of the lattice of transactions."""
    return dict(_core.consistencies())


_elles: dict[str, _core.Elle] = {}


def _history_of(history) -> _core.History:
    if hasattr(history, "history_jsonl"):
        return _core.read_history_text(history.history_jsonl, "history")
    if isinstance(history, (str, os.PathLike)):
        return _core.read_history_file(history)
    return _core.read_history_text(to_jsonl(history), "history")


def _verdict(found: dict[str, Any]) -> Verdict:
    anomalies = tuple(Anomaly(a["type"], a["explanation"], tuple(a["operations"]), tuple(Link(*link) for link in a["links"]))
                      for a in found["anomalies"])
    picture = {key: found[key] for key in ("shown", "placed", "states", "stuck")}
    return Verdict(found["outcome"], found["claim"], found["signature"], found["explanation"], tuple(found["operations"]),
                   tuple(found["witness"]), found["model"], found["consistency"], found["checker"], found["pass_means"],
                   anomalies, tuple(found["ruled_out"]), tuple(found["also_ruled_out"]), tuple(found.get("plots", ())),
                   found["prose"], picture)


def _check_user(history: _core.History, model: Any, asked: _core.Asked) -> dict[str, Any]:
    if asked.consistency not in ("", "linearizable"):
        raise _core.BadInput(f"a model of your own is judged for linearizable, not {asked.consistency}")
    adapter = Adapter(model, history)
    asked.model = adapter.name
    found = _core.check_user(history, asked, adapter.initial, adapter.step, adapter.observes, adapter.show,
                             adapter.split_by_key, adapter.failed_happened)
    return {**found, "model": adapter.name, "consistency": "linearizable", "checker": "collections",
            "pass_means": "a proof"}


def _check_elle(history: _core.History, asked: _core.Asked, jar: str, seconds: float, plots: str) -> dict[str, Any]:
    if jar not in _elles:
        _elles[jar] = _core.Elle(jar)
    return _elles[jar].check(history, asked, int((seconds or 600) * 1000), plots)


def check(history, model: Any = "kv", consistency: str | None = None, *, checker: str = "native", exact: bool = False,
          steps: int = 50_000_000, memory_bytes: int = 1 << 30, time_limit: float = 0.0, failed_cas_observes: bool = True,
          wfr_keys: bool = False, sequential_keys: bool = False, linearizable_keys: bool = False, permits: int = 1,
          elle_jar: str | os.PathLike = "", elle_plots: str | os.PathLike = "") -> Verdict:
    """Does this history keep what `consistency` promises of a `model`?

    history: a path (JSON Lines, Jepsen's EDN and the other forms that `worknode check` reads, plain or compressed), a
        Run, a pandas or Arrow table, or a list of dicts. Rows are either events {"type": "invoke" | "ok" | "fail" |
        "info", "process", "f", "key", "value"} in real-time order, or operations {"process", "function", "key", "value",
        "expected", "result", "outcome", "invoked_ns", "completed_ns"} (or `invoked`, `completed`: positions in real-time
        order). Transactions: function "txn", value and result lists of ["r", key, seen], ["append", key, v], ["w", key, v].
    model: one of list_models(); or an object of your own with `initial` (a state, or a function that gives it) and
        `step(state, operation)`, which gives the state after it or None when it is impossible there (an `info`
        operation: the state after it, whatever was answered; see Operation). It must be a pure function. A state is
        never None, and hashable or made of lists, sets and dicts. Optional: `observes(operation)`, True only of
        operations that change no state; `split_by_key` (True: each key is an object of its own); `failed_happened`.
    consistency: one of list_consistencies(); None: what is usual for the model.
    checker: "native", or "elle" for the real Elle on a JVM (list-append and rw-register; kept warm between calls; from
        one thread). elle_jar: its jar, else WORKNODE_ELLE_JAR and the usual places; elle_plots: a folder for its plots.
    exact: transactions: only a proof may pass; else a pass says that no anomaly was found.
    steps, memory_bytes, time_limit (seconds, 0: none; of Elle: 600): the budget; beyond it the verdict is `unknown`,
        never wrong.
    failed_cas_observes: a refused cas saw another value than the expected one; False: it says nothing.
    wfr_keys, sequential_keys, linearizable_keys: rw-register, what the database promises about each key's versions.
    permits: of a semaphore.

    Raises BadInput for anything that is not a history (naming the place) and for unknown or unfitting names, NoElle
    when Elle could not be asked (never a verdict then), and what your own model raises.
    """
    asked = _core.Asked()
    asked.consistency = consistency or ""
    asked.exact, asked.steps, asked.bytes, asked.seconds = exact, steps, memory_bytes, time_limit
    asked.failed_cas_observes, asked.permits = failed_cas_observes, permits
    asked.wfr_keys, asked.sequential_keys, asked.linearizable_keys = wfr_keys, sequential_keys, linearizable_keys
    if checker not in ("native", "elle"):
        raise _core.BadInput(f'checker: expected "native" or "elle", found {checker!r}')
    parsed = _history_of(history)
    if not isinstance(model, str):
        if checker == "elle":
            raise _core.BadInput("Elle judges list-append and rw-register, not a model of your own")
        return _verdict(_check_user(parsed, model, asked))
    asked.model = model
    if checker == "elle":
        return _verdict(_check_elle(parsed, asked, os.fspath(elle_jar), time_limit, os.fspath(elle_plots)))
    return _verdict(_core.check(parsed, asked))
