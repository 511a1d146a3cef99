"""From a failing run to a short story that fails for the same reason."""

from __future__ import annotations

import os
from pathlib import Path

from . import _core
from ._run import Run


def shrink(run: Run | str | os.PathLike, time_limit: float = 60.0, *, jobs: int | None = None) -> Run:
    """The same failure with fewer nodes, faults, operations and scheduler deviations.

    run: a failing Run, or a run folder. time_limit: seconds; the best plan so far is returned when they are over.
    jobs: worker processes (default: all cores). The result's `shrunk_from` says what it came from.

    Raises BadInput when the run does not fail.
    """
    if not isinstance(run, Run):
        from ._run import load
        run = load(run)
    if not time_limit > 0:
        raise _core.BadInput(f"time_limit {time_limit!r}: expected seconds above 0")
    if run.verdict != "fail":
        raise _core.BadInput(f"{run!r} does not fail: there is nothing to shrink")
    found = _core.shrink(run.plan, run.signature, float(time_limit), jobs or os.cpu_count() or 1)
    plan = found["plan"]
    small = Run(plan, source=f"{run.scenario} seed {run.seed}, shrunk",
                shrunk_from=f"{found['words_before']}; shrunk in {found['seconds']:.1f} s",
                before=(*(found["before"][k] for k in ("nodes", "faults", "operations", "deviations")), found["seconds"]))
    if run.folder:
        file = Path(run.folder) / "shrunk.txtpb"
        file.write_text(plan, "utf-8")
        small._replay = f"worknode replay {file}"
    return small
