"""C++ columns as pandas tables with typed columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from . import _core

KINDS: dict[int, tuple[str, list[str]]] = {number: (name, fields) for number, name, fields in _core.trace_kinds()}
OUTCOMES = ["ok", "fail", "info"]
VERDICTS = ["pass", "fail", "unknown"]
_SIGNED = {"drift_ppm"}


def _is_signed(field: str) -> bool:
    return field.endswith("_ns") or field in _SIGNED


def _kind_column(numbers: np.ndarray) -> pd.Categorical:
    present = np.unique(numbers)
    names = [KINDS.get(int(n), (f"kind-{n}", []))[0] for n in present]
    return pd.Categorical.from_codes(np.searchsorted(present, numbers).astype(np.int16), names)


def trace_table(raw: np.ndarray) -> pd.DataFrame:
    """Every event: time_ns, node, kind, and one column for each field name that occurs (null elsewhere)."""
    columns: dict[str, object] = {
        "time_ns": np.ascontiguousarray(raw["time_ns"]),
        "node": np.ascontiguousarray(raw["node"]),
        "kind": _kind_column(raw["kind"]),
    }
    wanted: dict[str, list[tuple[int, int]]] = {}
    for number in np.unique(raw["kind"]):
        for position, field in enumerate(KINDS.get(int(number), ("", []))[1]):
            if field:
                wanted.setdefault(field, []).append((int(number), position))
    for field, places in wanted.items():
        values = np.zeros(len(raw), dtype=np.uint64)
        absent = np.ones(len(raw), dtype=bool)
        for number, position in places:
            rows = raw["kind"] == number
            values[rows] = raw["field"][rows, position]
            absent[rows] = False
        typed = values.view(np.int64) if _is_signed(field) else values
        name = field if field not in columns else f"{field}_"
        columns[name] = pd.arrays.ArrowExtensionArray(pa.array(typed, mask=absent))
    return pd.DataFrame(columns, copy=False)


def events_table(raw: np.ndarray, kind: str) -> pd.DataFrame:
    """The events of one kind, with that kind's own field names and plain numpy columns."""
    for number, (name, fields) in KINDS.items():
        if name == kind:
            rows = raw[raw["kind"] == number]
            table = {"time_ns": np.ascontiguousarray(rows["time_ns"]), "node": np.ascontiguousarray(rows["node"])}
            for position, field in enumerate(fields):
                if field:
                    values = np.ascontiguousarray(rows["field"][:, position])
                    key = field if field not in table else f"{field}_"
                    table[key] = values.view(np.int64) if _is_signed(field) else values
            return pd.DataFrame(table)
    raise _core.BadInput(f'unknown kind of event "{kind}"; the kinds are {", ".join(n for n, _ in KINDS.values())}')


def _values(column) -> pd.Series:
    """Numbers as nullable Int64; anything else as JSON text."""
    if isinstance(column, tuple):
        data, nil = column
        return pd.Series(pd.arrays.IntegerArray(data, nil))
    return pd.Series(column, dtype=pd.ArrowDtype(pa.string()))


def _optional_ns(values: np.ndarray) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(np.where(values < 0, 0, values), values < 0))


def history_table(jsonl: str) -> pd.DataFrame:
    """One row an operation, in order of invocation. `invoked` and `completed` are positions in real-time order."""
    c = _core.history_columns(jsonl)
    return pd.DataFrame({
        "process": c["process"],
        "node": c["node"],
        "function": pd.Categorical(c["function"]),
        "key": _values(c["key"]),
        "value": _values(c["value"]),
        "expected": _values(c["expected"]),
        "result": _values(c["result"]),
        "outcome": pd.Categorical(c["outcome"], categories=OUTCOMES),
        "invoked_ns": _optional_ns(c["invoked_ns"]),
        "completed_ns": _optional_ns(c["completed_ns"]),
        "latency_ns": _optional_ns(np.where((c["completed_ns"] < 0) | (c["invoked_ns"] < 0), -1,
                                            c["completed_ns"] - c["invoked_ns"])),
        "invoked": c["invoked"],
        "completed": _optional_ns(c["completed"]),
        "text": pd.Series(c["text"], dtype=pd.ArrowDtype(pa.string())),
    })


def claims_table(claims: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(claims, columns=["claim", "outcome", "signature", "explanation", "at_ns", "operations", "events"])
    table["outcome"] = pd.Categorical(table["outcome"], categories=VERDICTS)
    table["at_ns"] = _optional_ns(np.asarray([c["at_ns"] for c in claims], dtype=np.int64))
    return table


def faults_table(rows: list[dict]) -> pd.DataFrame:
    columns = ["id", "kind", "time_ns", "duration_ns", "nodes", "links", "amount", "label", "text"]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("id", "time_ns", "duration_ns", "amount"):
        table[name] = table[name].astype(np.int64)
    table["kind"] = table["kind"].astype("category")
    # Never healed: the plan's largest duration, as null.
    table["duration_ns"] = table["duration_ns"].astype("Int64").mask(table["duration_ns"] == np.iinfo(np.int64).max)
    return table
