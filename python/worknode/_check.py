"""Judging histories, wherever they came from."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from . import _core


@dataclass(frozen=True)
class Verdict:
    """What a checker found. `fail` and `pass` are proofs; `unknown` means that its budget ran out."""

    outcome: str
    claim: str
    signature: str = ""
    explanation: str = ""
    operations: tuple[int, ...] = ()
    witness: tuple[str, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        """True for `pass` alone."""
        return self.outcome == "pass"

    def explain(self) -> str:
        """The verdict in a few lines of plain words."""
        lines = [f"{self.outcome.upper()}  {self.signature or self.claim}"]
        if self.explanation:
            lines += ["  " + line for line in self.explanation.splitlines()]
        if self.witness:
            lines += ["  the operations that show it:"] + ["    " + w for w in self.witness]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.explain()


def list_models() -> dict[str, str]:
    """The sequential models that `check` knows: name -> what it is."""
    return dict(_core.models())


def _plain(value):
    """A cell as what JSON writes: numpy scalars become Python's, missing values become None."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return [_plain(v) for v in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def _parsed(value):
    """Tables hold values that are not numbers as JSON text (see run.history)."""
    value = _plain(value)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _event_lines(rows: list[dict]) -> list[dict]:
    """Rows that are events already: one an invocation or completion, with `type`."""
    return [{k: _plain(v) for k, v in row.items()} for row in rows]


def _operation_lines(rows: list[dict]) -> list[dict]:
    """Rows of operations (as in run.history) as events in real-time order."""
    events: list[tuple[tuple, dict]] = []
    for number, row in enumerate(rows):
        function = _plain(row.get("function", row.get("f")))
        outcome = _plain(row.get("outcome"))
        if function is None or outcome not in ("ok", "fail", "info"):
            raise _core.BadInput(f"operation {number}: expected a function and an outcome of ok, fail or info, found "
                                 f"{function!r} and {outcome!r}")
        key, argument, result = (_parsed(row.get(name)) for name in ("key", "value", "result"))
        argument = [_parsed(row.get("expected")), argument] if function == "cas" else argument
        start = _plain(row.get("invoked", row.get("invoked_ns")))
        end = _plain(row.get("completed", row.get("completed_ns")))
        if start is None:
            raise _core.BadInput(f"operation {number}: expected invoked or invoked_ns")
        common = {"process": _plain(row.get("process", number)), "f": function, "key": key}
        reads = function in ("read", "get", "dequeue", "pop")
        when = {"time": v} if (v := _plain(row.get("invoked_ns"))) is not None else {}
        events.append(((start, 1, number), {**common, "type": "invoke", "value": None if reads else argument, **when}))
        if end is not None:
            when = {"time": v} if (v := _plain(row.get("completed_ns"))) is not None else {}
            events.append(((end, 0, number), {**common, "type": outcome, "value": result if reads else argument, **when}))
    # At equal times a completion comes after an invocation: then the two overlap, which claims less.
    positions = all("invoked" in row for row in rows)
    events.sort(key=lambda e: (e[0][0], e[0][1] if positions else -e[0][1], e[0][2]))
    return [event for _, event in events]


def _to_jsonl(rows: Iterable) -> str:
    rows = list(rows)
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise _core.BadInput(f"row {number}: expected a dict, found a {type(row).__name__}")
    is_events = bool(rows) and "type" in rows[0]
    lines = _event_lines(rows) if is_events else _operation_lines(rows)
    try:
        return "".join(json.dumps(line) + "\n" for line in lines)
    except TypeError as error:
        raise _core.BadInput(f"a history cannot hold this value: {error}") from None


def check(history, model: str = "kv", *, steps: int = 50_000_000, memory_bytes: int = 1 << 30) -> Verdict:
    """Is this history linearizable?

    history: a path (JSON Lines or Jepsen's EDN, plain or zstd), a Run, a table such as `run.history`, or a list of
        dicts: either events {"type": "invoke" | "ok" | "fail" | "info", "process", "f", "key", "value"}, or
        operations {"process", "function", "key", "value", "result", "outcome", "invoked_ns", "completed_ns"}.
    model: one of list_models(): "register", "cas-register", "kv", "list-append".
    steps, memory_bytes: the search's budget; beyond it the verdict is `unknown`, never wrong.

    Raises BadInput for anything that is not a history, naming the place.
    """
    if hasattr(history, "history_jsonl"):
        found = _core.check_text(history.history_jsonl, "history", model, steps, memory_bytes)
    elif isinstance(history, (str, os.PathLike)):
        found = _core.check_file(history, model, steps, memory_bytes)
    else:
        if isinstance(history, pd.DataFrame):
            rows: Iterable = history.to_dict("records")
        elif isinstance(history, Iterable) and not isinstance(history, Mapping):
            rows = history
        else:
            raise _core.BadInput(f"expected a path, a Run, a table or a list of dicts, found a {type(history).__name__}")
        found = _core.check_text(_to_jsonl(rows), "history", model, steps, memory_bytes)
    return Verdict(found["outcome"], found["claim"], found["signature"], found["explanation"],
                   tuple(found["operations"]), tuple(found["witness"]))
