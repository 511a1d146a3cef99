"""Why a run failed: its verdict in words, and, asked for, how likely failure was when and what decided it."""

from __future__ import annotations

import functools
import json

import pandas as pd

from . import _core


class Explanation(str):
    """Text: each claim that does not hold, then the story. The rest is found by resampling futures of the run when it is
    first asked for (seconds; processes are forked), and is the same for the same arguments.

        why = run.explain(futures=40)
        print(why)
        why.curve            # DataFrame: time_ns, event, p, low, high, failing, futures
        why.cliffs           # DataFrame: from_ns, to_ns, from_event, to_event, p_before, p_after; the steepest first
        why.critical_pair    # (turning, sealing): dicts with event, time_ns, words, before, after; or None
        why.faults           # DataFrame: kind, id, what, time_ns, effect, p_with, p_without, passes_without
        why.plot()
    """

    def __new__(cls, text: str, plan: str, arguments: dict):
        self = super().__new__(cls, text)
        self._plan = plan
        self._arguments = arguments
        return self

    def __reduce__(self):
        return (Explanation, (str(self), self._plan, self._arguments))

    @functools.cached_property
    def _found(self) -> dict:
        return json.loads(_core.explain_apart(self._plan, **self._arguments))

    @property
    def complete(self) -> bool:
        """False when `seconds` ran out before everything was asked."""
        return self._found["complete"]

    @functools.cached_property
    def curve(self) -> pd.DataFrame:
        """P(failure) of the futures of each moment, with its 95% interval."""
        columns = ["time_ns", "event", "p", "low", "high", "failing", "futures"]
        return pd.DataFrame(self._found["curve"], columns=columns)

    @functools.cached_property
    def cliffs(self) -> pd.DataFrame:
        """Neighbouring moments between which P(failure) rises most."""
        rows = [(c["before"]["time_ns"], c["after"]["time_ns"], c["before"]["event"], c["after"]["event"],
                 c["before"]["p"], c["after"]["p"]) for c in self._found["cliffs"]]
        return pd.DataFrame(rows, columns=["from_ns", "to_ns", "from_event", "to_event", "p_before", "p_after"])

    @property
    def critical_pair(self) -> tuple[dict | None, dict | None]:
        """The event that took P(failure) over one half, and the one that took it over 95%: before the second it was
        avoidable, after it next to certain. None where no single event did."""
        return self._found["turning"], self._found["sealing"]

    @functools.cached_property
    def faults(self) -> pd.DataFrame:
        """Faults, and operations and messages near the turning event, by what leaving them out takes from P(failure)."""
        rows = [(i["kind"], i["id"], i["words"], i["time_ns"], i["effect"], i["with"]["p"], i["without"]["p"],
                 not i["fails_without"]) for i in self._found["influences"]]
        columns = ["kind", "id", "what", "time_ns", "effect", "p_with", "p_without", "passes_without"]
        return pd.DataFrame(rows, columns=columns)

    def plot(self, *, width: float = 9.0):
        """A matplotlib Figure: P(failure) over time with its interval, the deciding events marked."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, width / 3), layout="constrained")
        axes = figure.subplots()
        seconds = self.curve["time_ns"] / 1e9
        axes.fill_between(seconds, self.curve["low"], self.curve["high"], alpha=0.2, color="tab:red", linewidth=0)
        axes.plot(seconds, self.curve["p"], color="tab:red")
        for name, event in zip(("turned", "sealed"), self.critical_pair):
            if event is not None:
                axes.axvline(event["time_ns"] / 1e9, color="black", linestyle=":")
                axes.annotate(name, (event["time_ns"] / 1e9, 1.02), annotation_clip=False, fontsize="small")
        axes.set(xlabel="simulated time, s", ylabel="P(failure)", ylim=(-0.02, 1.02))
        return figure
