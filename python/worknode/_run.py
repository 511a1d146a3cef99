"""One run: a plan, and everything that came of it."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from . import _core, _divergence, _tables
from ._catalog import ScenarioLike, Source
from ._explain import Explanation

TRACE_EVENTS_MAX = 4_000_000
_DIGEST_KIND = 2  # of sim/trace/trace_digest.h


class DigestMismatch(RuntimeError):
    """A stored run gave another digest when its plan ran again: other code, or nondeterminism."""


class Crashed(RuntimeError):
    """The code under test failed one of its own checks, so the run has a verdict and a story but no tables."""


class Run:
    """What one plan did. The plan is the truth: a Run can always be had again from it.

    Made by wn.run, wn.load, wn.shrink and Sweep.run. Tables are made when first asked for, then kept. A Run can be
    pickled: its plan travels, and the other side runs it again (a run takes milliseconds) and compares digests.
    """

    def __init__(self, plan: str, *, raw=None, digest: str | None = None, folder: Path | None = None, source: str = "",
                 replay_command: str = "", shrunk_from: str = "", before: tuple | None = None):
        self._plan = plan
        self._result = raw
        self._expected = digest
        self.folder = folder
        self._source = source
        self._replay = replay_command
        self.shrunk_from = shrunk_from
        self._before = before

    def __getstate__(self):
        return {"plan": self._plan, "digest": self.digest or None, "folder": self.folder, "source": self._source,
                "replay_command": self._replay, "shrunk_from": self.shrunk_from, "before": self._before}

    def __setstate__(self, state):
        self.__init__(state.pop("plan"), **state)

    @functools.cached_property
    def _crash(self) -> str:
        """The words with which the code under test dies in this plan; empty when it does not."""
        if self._result is not None or self._expected is not None:
            return ""
        crashed, text = _core.row_apart(self._plan, self._source or "plan")
        return text if crashed else ""

    @property
    def _raw(self):
        if self._crash:
            raise Crashed(f"the code under test dies in this run, so there is no more to show: {self._crash}")
        if self._result is None:
            result = _core.run_plan(self._plan, self._source or "plan", True, TRACE_EVENTS_MAX)
            if self._expected is not None and result.digest != self._expected:
                raise DigestMismatch(
                    f"{self._source or 'this plan'} gave digest {result.digest}, but {self._expected} was stored: "
                    f"other code than this build ({_core.build_id()}), or nondeterminism (worknode replay --verify)")
            self._result = result
        return self._result

    # What it was.

    @property
    def plan(self) -> str:
        """The plan as Protobuf text."""
        return self._plan

    @functools.cached_property
    def plan_summary(self) -> dict:
        """scenario, seed, duration_ns, freeze_ns, nodes {id: role}, and how many operations, faults, deviations."""
        return _core.plan_summary(self._plan)

    @functools.cached_property
    def faults(self) -> pd.DataFrame:
        """The plan's faults: id, kind, time_ns, duration_ns (null: never healed), nodes, links [(from, to)], amount, label,
        text."""
        return _tables.faults_table(_core.plan_faults(self._plan))

    @property
    def scenario(self) -> str:
        return self.plan_summary["scenario"]

    @property
    def seed(self) -> int:
        return self.plan_summary["seed"]

    # What came of it.

    @property
    def verdict(self) -> str:
        """"pass", "fail" or "unknown": the worst of the claims."""
        return "fail" if self._crash else self._raw.outcome

    @property
    def signature(self) -> str:
        """Which checker, which anomaly: "linearizability: stale read". Empty when every claim holds."""
        return f"crash: {self._crash}" if self._crash else self._raw.signature

    @property
    def digest(self) -> str:
        """128 bits over every event, as 32 hex digits. Same plan, same code: same digest."""
        return "" if self._crash else self._expected or self._raw.digest

    @functools.cached_property
    def claims(self) -> pd.DataFrame:
        """One row a claim: claim, outcome, signature, explanation, at_ns, operations and events (the witness)."""
        return _tables.claims_table(self._claims)

    @property
    def _claims(self) -> list[dict]:
        if self._crash:
            return [{"claim": "crash", "outcome": "fail", "signature": self.signature, "explanation": self._crash,
                     "operations": [], "events": [], "at_ns": -1}]
        return self._raw.claims

    @functools.cached_property
    def history(self) -> pd.DataFrame:
        """What clients called and saw, one row an operation. `node` is the client that was this `process`."""
        return _tables.history_table(self._raw.history_jsonl)

    @property
    def history_jsonl(self) -> str:
        """The history as JSON Lines, Jepsen's form."""
        return self._raw.history_jsonl

    @functools.cached_property
    def trace(self) -> pd.DataFrame:
        """Every event: time_ns, node (0 = the world), kind, and a column for each field name that occurs.

        Wide: for a long run, `events(kind)` is smaller and `trace_raw` costs nothing.
        """
        return _tables.trace_table(self.trace_raw)

    @property
    def trace_raw(self) -> np.ndarray:
        """The events as a read-only structured array (time_ns, node, kind, field[5]) that shares the run's memory."""
        return self._raw.trace()

    @property
    def trace_truncated(self) -> bool:
        """True when the run had more than 4,000,000 events: the trace holds the first ones."""
        return self._raw.trace_truncated

    def events(self, kind: str) -> pd.DataFrame:
        """The events of one kind ("raft_state", "message_dropped", …) with that kind's own fields."""
        return _tables.events_table(self.trace_raw, kind)

    @functools.cached_property
    def spans(self) -> pd.DataFrame:
        """When each node was leader, candidate, paused or down: node, kind, begin_ns, end_ns, term."""
        return pd.DataFrame(self._timeline["spans"]).astype({"kind": "category"})

    @functools.cached_property
    def clocks(self) -> pd.DataFrame:
        """Wall clock minus true time as a polyline: node, time_ns, skew_ns. True clocks are left out."""
        return pd.DataFrame(self._timeline["clocks"])

    @functools.cached_property
    def _timeline(self) -> dict:
        return self._raw.timeline()

    @property
    def sometimes(self) -> pd.Series:
        """How often each "sometimes" claim came true."""
        return pd.Series(self._raw.sometimes, dtype=np.int64, name="times").rename_axis("claim")

    @functools.cached_property
    def stats(self) -> pd.Series:
        """Counts and times of the run."""
        r = self._raw
        return pd.Series({
            "simulated_s": r.simulated_ns / 1e9, "wall_s": r.wall_seconds, "events": r.events,
            "messages_sent": r.messages_sent, "messages_dropped": r.messages_dropped, "faults": r.faults_begun,
            "restarts": r.restarts, "operations_ok": r.operations_ok, "operations_fail": r.operations_fail,
            "operations_info": r.operations_info, "first_try_ok": r.first_try_ok,
        }, dtype=object)

    # A realm alone.

    def _realm(self) -> None:
        if not _divergence.is_realm(self):
            raise _core.BadInput(f'{self.scenario} runs no realm of worknodes ([system] service = "realm")')

    @functools.cached_property
    def divergence(self) -> pd.DataFrame:
        """How far each replica was behind, sampled 500 times: time_s, node, partition, behind (updates).

        behind: updates that some replica had and this one had not. partition: the lowest server that this one could
        reach then. Raises BadInput for a run without a realm.
        """
        self._realm()
        return _divergence.divergence(self, max(self.stats["simulated_s"] / 500, 1e-3))

    @functools.cached_property
    def partitions(self) -> pd.DataFrame:
        """Which servers could reach each other: begin_s, end_s, node, partition (the lowest server in it)."""
        return _divergence.partitions(self)

    @functools.cached_property
    def in_sync(self) -> pd.DataFrame:
        """With whom each server was in sync, and since when, by its own word at the end: node, peer, since_s."""
        self._realm()
        return _divergence.in_sync(self)

    @property
    def replay_command(self) -> str:
        """The command that replays this run; empty when no file stands for it (save it, then)."""
        return f"worknode replay {self.folder}" if self.folder else self._replay

    @functools.cached_property
    def story(self) -> str:
        """The run told in lines of text: faults, leaders, and the operations that matter."""
        replay = self.replay_command or "(nothing on disk stands for this run yet: run.save())"
        if self._crash:
            return _core.crash_story(self._plan, self.signature, replay)
        return self._raw.story(replay, self._before)

    def explain(self, *, futures: int = 40, points: int = 16, seed: int = 1, jobs: int = 0,
                seconds: float = 300.0) -> Explanation:
        """The verdict in words: each claim that does not hold, then the story. A str that knows more when asked: how
        likely failure was over time (.curve, .plot()), .cliffs, the .critical_pair of events, and .faults by effect.
        The arguments are for those: `futures` of each of `points` moments, on `jobs` processes (0: all processors)."""
        arguments = {"futures": futures, "points": points, "seed": seed, "jobs": jobs, "seconds": seconds}
        return Explanation(self._verdict_words(), self._plan, arguments)

    def _verdict_words(self) -> str:
        bad = [c for c in self._claims if c["outcome"] != "pass"]
        if not bad:
            return f"PASS  {self.scenario}  seed {self.seed}: every claim holds"
        lines = []
        for claim in bad:
            lines.append(f"{claim['outcome'].upper()}  {claim['signature'] or claim['claim']}")
            lines += ["  " + line for line in claim["explanation"].splitlines()]
        return "\n".join([*lines, "", self.story])

    # Pictures and files.

    def plot_timeline(self, start_s: float | None = None, end_s: float | None = None, *, width: float = 12):
        """A matplotlib Figure: operations by process, leaders, down and paused nodes, faults shaded.

        start_s, end_s: the window in seconds (default: the whole run). width: inches.
        """
        from ._plots import plot_timeline
        return plot_timeline(self, start_s, end_s, width)

    def plot_convergence(self, *, width: float = 10):
        """A matplotlib Figure: how far each replica was behind over time, and below it which could reach which.

        width: inches. Raises BadInput for a run without a realm.
        """
        from ._plots import plot_convergence
        return plot_convergence(self, width)

    def report(self, path: str | os.PathLike | None = None) -> Path:
        """Writes the HTML report (one self-contained file) and returns its path.

        path: default `report.html` in the run's folder, or in the working directory for a run that has none.
        """
        text = self._raw.report(self.story if self.verdict != "pass" else "", self.replay_command, self.shrunk_from)
        target = Path(path) if path is not None else (self.folder or Path(".")) / "report.html"
        try:
            target.write_text(text, "utf-8")
        except OSError as error:
            raise _core.BadInput(f"{target}: {error.strerror}") from None
        return target

    def save(self, runs: str | os.PathLike = "runs") -> Path:
        """Writes the run folder `<runs>/<scenario>/<seed>` and returns it."""
        self.folder = Path(self._raw.write_folder(Path(runs)))
        self.__dict__.pop("story", None)
        return self.folder

    # Time travel.

    @functools.cached_property
    def _traveller(self):
        from ._moment import Traveller
        return Traveller(self._plan)

    def at(self, when: str | float | None = None, *, event: int | None = None, traced: int | None = None):
        """The run at a moment: `run.at("12.4s").node(2).raft.term`, and from there .step(), .back(), .until("…").

        when: "12.4s", "300ms", or seconds; all before it has happened. event: after so many events of the world.
        traced: after the event with this number in `trace`. Raises BadInput for what is no moment.
        """
        from . import _moment
        return _moment.at(self._traveller, when, event, traced)

    def export(self, path: str | os.PathLike) -> Path:
        """Writes what the run did for other tools, by the file's ending, and returns the path.

        .parquet: the history table. .jsonl, .edn: the history as Jepsen's tools read it. .perfetto-trace: every event
        for ui.perfetto.dev, with a track a node and arrows for messages. Raises BadInput for another ending.
        """
        target = Path(path)
        try:
            if target.suffix == ".parquet":
                self.history.to_parquet(target)
            elif target.suffix == ".jsonl":
                target.write_text(self.history_jsonl, "utf-8")
            elif target.suffix == ".edn":
                target.write_text(_core.history_edn(self.history_jsonl), "utf-8")
            elif target.name.endswith((".perfetto-trace", ".pftrace")):
                _core.export_perfetto(self._plan, str(target))
            else:
                raise _core.BadInput(f"{target}: expected an ending of .parquet, .jsonl, .edn or .perfetto-trace")
        except OSError as error:
            raise _core.BadInput(f"{target}: {error.strerror}") from None
        return target

    def __repr__(self) -> str:
        if self._result is None and not self.__dict__.get("_crash"):
            return f"<worknode.Run {self.scenario} seed {self.seed}, not run yet>"
        what = self.signature or "every claim holds"
        return f"<worknode.Run {self.scenario} seed {self.seed}: {self.verdict}, {what}; digest {self.digest[:12] or 'none'}>"


def run(scenario: ScenarioLike, seed: int = 0, out: str | os.PathLike | None = None, *, trace: bool = True,
        **overrides) -> Run:
    """Runs one seed of a scenario through all of its checkers.

    scenario: a path, the bare name of one of wn.list_scenarios(), or a dict of the scenario's tables.
    seed: 0 … 2^64 - 1. out: also write the run folder below this one.
    trace: keep every event (56 bytes each, at most 4,000,000); without, the trace is made when asked for.
    overrides: the scenario's keys, two underscores for a dot: `duration="20s"`, `system__defect="none"`.

    Raises BadInput for a scenario or seed that is wrong. Other threads run meanwhile; Ctrl-C works. The plan runs in a
    process of its own first, so that code under test that dies is a verdict ("crash: …") and not the notebook's end.
    """
    source = Source(scenario, overrides)
    plan = source.plan(seed)
    made = Run(plan, source=source.name, replay_command=source.replay_command(seed))
    if trace and not made._crash:
        made._result = _core.run_plan(plan, source.name, True, TRACE_EVENTS_MAX)
    if out is not None and not made._crash:
        made.save(out)
    return made


def load(folder: str | os.PathLike) -> Run:
    """A stored run: a run folder, or a plan file. Its plan runs again when something of it is asked for.

    Raises BadInput when there is no plan, DigestMismatch (when first asked) if it does not do the same again.
    """
    path = Path(folder)
    plan_file = path / "plan.txtpb" if path.is_dir() else path
    try:
        plan = plan_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _core.BadInput(f"{plan_file}: {getattr(error, 'strerror', None) or error}") from None
    summary = _core.plan_summary(plan, str(plan_file))
    digest = None
    if path.is_dir():
        stored = path / "digest"
        if stored.is_file():
            text = stored.read_text("utf-8", errors="replace")
            if f"\nkind {_DIGEST_KIND}\n" in text:  # an older build's digests are of another kind
                digest = text.split("\n")[0].removeprefix("overall ").strip() or None
    made = Run(plan, digest=digest, folder=path if path.is_dir() else None, source=str(plan_file),
               replay_command=f"worknode replay {path}")
    made.__dict__["plan_summary"] = summary
    return made


def stored_verdict(folder: str | os.PathLike) -> dict:
    """verdict.json of a run folder, as it was written then."""
    return json.loads((Path(folder) / "verdict.json").read_text("utf-8"))
