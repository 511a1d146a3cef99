"""Histories as Python has them, as the JSON Lines that the reader of histories takes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from . import _core

# Completions repeat the argument (or say nothing); what these give back is not part of a history.
ARGUMENTS = {"write", "put", "append", "cas", "spend", "include", "exclude", "nest", "create", "move"}
READS = {"read", "get", "dequeue", "pop"}


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


def _completed(function: str, argument, result):
    if function in READS:
        return result
    return argument if function in ARGUMENTS or result is None else result


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
        when = {"time": v} if (v := _plain(row.get("invoked_ns"))) is not None else {}
        asked = None if function in READS else argument
        events.append(((start, 1, number), {**common, "type": "invoke", "value": asked, **when}))
        if end is not None:
            when = {"time": v} if (v := _plain(row.get("completed_ns"))) is not None else {}
            answer = _completed(function, argument, result) if outcome == "ok" else asked
            events.append(((end, 0, number), {**common, "type": outcome, "value": answer, **when}))
    # At equal times a completion comes after an invocation: then the two overlap, which claims less.
    positions = all("invoked" in row for row in rows)
    events.sort(key=lambda e: (e[0][0], e[0][1] if positions else -e[0][1], e[0][2]))
    return [event for _, event in events]


def _rows_of(history) -> Iterable:
    if isinstance(history, pd.DataFrame):
        return history.to_dict("records")
    if hasattr(history, "to_pylist"):  # a table or record batch of Arrow
        return history.to_pylist()
    if hasattr(history, "__arrow_c_stream__"):  # anybody else's table
        import pyarrow

        return pyarrow.table(history).to_pylist()
    if isinstance(history, Iterable) and not isinstance(history, Mapping):
        return history
    raise _core.BadInput(f"expected a path, a Run, a table or a list of dicts, found a {type(history).__name__}")


def to_jsonl(history) -> str:
    rows = list(_rows_of(history))
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise _core.BadInput(f"row {number}: expected a dict, found a {type(row).__name__}")
    is_events = bool(rows) and "type" in rows[0]
    lines = _event_lines(rows) if is_events else _operation_lines(rows)
    try:
        return "".join(json.dumps(line) + "\n" for line in lines)
    except TypeError as error:
        raise _core.BadInput(f"a history cannot hold this value: {error}") from None
