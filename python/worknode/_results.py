"""What `worknode chaos --results` wrote, on one machine or on many."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterable

import numpy as np
import pandas as pd

from . import _core, _tables

_COUNTS = ["events", "messages", "faults", "operations_ok", "operations_fail", "operations_info", "first_try_ok"]


def _lines(path: str) -> Iterable[dict]:
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    record = json.loads(line)
                    if record["record"] == "seed":
                        yield record
                except (ValueError, KeyError, TypeError):
                    raise _core.BadInput(f"{path}:{number}: expected a line of a results file (chaos --results)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _core.BadInput(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def read_results(*paths: str | os.PathLike) -> pd.DataFrame:
    """Results files (`chaos --results FILE`; patterns such as "results/shard-*.jsonl" too) as one table.

    One row for each scenario and seed, in that order: scenario, seed, outcome, signature, digest, trouble, wall_s,
    simulated_s, and counts. A seed that several files hold is one row, as in `worknode merge`.
    Raises BadInput for a file that is not there or not one of these, and when a pattern finds nothing.
    """
    rows: list[dict] = []
    for path in map(os.fspath, paths):
        found = sorted(glob.glob(path)) if glob.has_magic(path) else [path]
        if not found:
            raise _core.BadInput(f"{path}: no such file")
        for file in found:
            rows += _lines(file)
    names = ["scenario", "seed", "verdict", "signature", "digest", "trouble", "wall_us", "simulated_us", *_COUNTS]
    table = pd.DataFrame([{n: r[n] for n in names} for r in rows], columns=names)
    table = table.sort_values(["scenario", "seed", "digest", "wall_us"]).drop_duplicates(["scenario", "seed"])
    table = table.rename(columns={"verdict": "outcome"}).reset_index(drop=True)
    table["seed"] = table["seed"].astype(np.uint64)
    table["outcome"] = pd.Categorical(table["outcome"], categories=_tables.VERDICTS)
    for name in ("scenario", "signature"):
        table[name] = table[name].astype("category")
    for us, s in (("wall_us", "wall_s"), ("simulated_us", "simulated_s")):
        table.insert(table.columns.get_loc(us), s, table[us].astype(np.float64) / 1e6)
    return table.drop(columns=["wall_us", "simulated_us"]).astype(dict.fromkeys(_COUNTS, np.int64))
