"""Time travel: a run at one moment, its nodes as they stood then, and the way from there.

The run goes on in a process of its own (this one has threads, and a run is forked), which is asked over a pipe.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import weakref

import pandas as pd

from . import _core

# The extension alone: pandas and its like start threads, and a process with threads cannot be forked.
_CHILD = """
import importlib.machinery, importlib.util, sys
core, plan = sys.argv[1:3]
loader = importlib.machinery.ExtensionFileLoader("_core", core)
module = importlib.util.module_from_spec(importlib.util.spec_from_loader("_core", loader))
loader.exec_module(module)
with open(plan, encoding="utf-8") as file:
    text = file.read()
try:
    module.travel_serve(text, 0, 1)
except ValueError as error:
    sys.exit(str(error))
"""


class TravelError(RuntimeError):
    """Nothing there: no such node or name, a predicate that is not met, or a run that dies before."""


def _close(process: subprocess.Popen) -> None:
    process.stdin.close()
    process.stdout.close()
    process.wait()


class Traveller:
    """The process that goes to and fro in one run. Requests come one at a time, from any thread."""

    def __init__(self, plan: str):
        self._lock = threading.Lock()
        with tempfile.NamedTemporaryFile("w", suffix=".txtpb", encoding="utf-8") as file:
            file.write(plan)
            file.flush()
            self._process = subprocess.Popen([sys.executable, "-I", "-S", "-c", _CHILD, _core.__file__, file.name],
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            self._lines = self._process.stdout
            self._buffer = b""
            self._finalizer = weakref.finalize(self, _close, self._process)
            self.start = self._answer()

    def ask(self, request: dict) -> dict:
        with self._lock:
            try:
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
            except (BrokenPipeError, ValueError):
                raise TravelError("the process that held this run is gone") from None
            return self._answer()

    def _answer(self) -> dict:
        while b"\n" not in self._buffer:
            part = self._lines.read(1 << 16)
            if not part:
                raise TravelError("the process that held this run is gone")
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\n", 1)
        answer = json.loads(line)
        if "error" in answer:
            wrong = answer["code"] in ("bad-input", "invalid-argument", "too-large")
            raise (_core.BadInput if wrong else TravelError)(answer["error"])
        return answer


class View:
    """What a node tells by name: `view.term`, `view["term"]`, `view.peers.n2.match`. Times are in nanoseconds."""

    def __init__(self, told: dict, name: str):
        self._told, self._name = told, name

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{self._name} has nothing named {name}; it has {', '.join(self._told)}") from None

    def __getitem__(self, name: str):
        value = self._told[name]
        return View(value, f"{self._name}.{name}") if isinstance(value, dict) else value

    def __dir__(self):
        return [*super().__dir__(), *self._told]

    def __iter__(self):
        return iter(self._told)

    def __contains__(self, name: str) -> bool:
        return name in self._told

    def __eq__(self, other) -> bool:
        return self._told == (other._told if isinstance(other, View) else other)

    def to_dict(self) -> dict:
        return self._told

    def __repr__(self) -> str:
        lines = [f"<{self._name}>"]
        for name, value in self._told.items():
            text = json.dumps(value, separators=(", ", " ")).replace('"', "")
            lines.append(f"  {name:<18} {text if len(text) <= 100 else text[:97] + '...'}")
        return "\n".join(lines)


class Node:
    """One node at one moment. What its process says of itself is also here by name: `node.raft.term`."""

    def __init__(self, moment: Moment, number: int):
        self._moment, self.number = moment, number
        self._machine = moment._ask("node", node=number)

    @property
    def up(self) -> bool:
        return self._machine["up"]

    @property
    def paused(self) -> bool:
        return self._machine["paused"]

    @property
    def machine(self) -> View:
        """All that the world knows of it: clocks, timers, disk, messages to and from it, and `state`."""
        return View(self._machine, f"n{self.number}")

    @property
    def state(self) -> dict:
        """What its process says of itself; empty while it is down."""
        return self._machine.get("state", {})

    @property
    def clock(self) -> View:
        return View(self._machine["clock"], f"n{self.number}.clock")

    @property
    def log(self) -> pd.DataFrame:
        """The tail of its Raft log: index, term, kind, size, command. Entries before it are `log.attrs["left_out"]`."""
        return _table(self.state.get("raft", {}).get("log", []))

    @property
    def queue(self) -> pd.DataFrame:
        """What waits for it or in it, a row each: `waits` says where, the other columns what."""
        waiting = self._moment._ask("waiting", node=self.number)
        return _table([{"waits": name, **row} for name, rows in waiting.items() for row in rows if "left_out" not in row])

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        state = self.state
        if name not in state:
            reason = "; it is down" if not self.up else f"; its process tells {', '.join(state)}"
            raise AttributeError(f"n{self.number} has nothing named {name}{reason}")
        value = state[name]
        return View(value, f"n{self.number}.{name}") if isinstance(value, dict) else value

    def __dir__(self):
        return [*super().__dir__(), *self.state]

    def __repr__(self) -> str:
        stands = "down" if not self.up else "paused" if self.paused else "up"
        return f"<n{self.number} at {self._moment.time_s:.6f}s: {stands}>\n{View(self.state, f'n{self.number}.state')!r}"


def _table(rows: list[dict]) -> pd.DataFrame:
    cut = sum(row["left_out"] for row in rows if set(row) == {"left_out"})
    table = pd.DataFrame([row for row in rows if set(row) != {"left_out"}])
    if cut:
        table.attrs["left_out"] = cut
    return table


class Moment:
    """A run between two of its events. A value: moving gives another one, and this one stays what it is.

    time_ns, time_s: true time. event: events of the world before it. traced: events of the trace before it.
    """

    def __init__(self, traveller: Traveller, at: dict):
        self._traveller, self._at = traveller, at

    @property
    def time_ns(self) -> int:
        return self._at["ns"]

    @property
    def time_s(self) -> float:
        return self._at["ns"] / 1e9

    @property
    def event(self) -> int:
        return self._at["event"]

    @property
    def traced(self) -> int:
        return self._at["traced"]

    @property
    def is_end(self) -> bool:
        """Nothing is left to happen."""
        return self._at["end"]

    def _request(self, do: str, **more) -> dict:
        return self._traveller.ask({"do": do, "from": {"event": self.event, "ns": self.time_ns}, **more})

    def _ask(self, about: str, **more):
        return self._request("ask", about=about, **more)["told"]

    def _moved(self, do: str, **more) -> Moment:
        return Moment(self._traveller, self._request(do, **more))

    # What is there.

    def node(self, number: int) -> Node:
        """A node as it stands. Raises TravelError for one that the plan does not have."""
        return Node(self, number)

    @property
    def nodes(self) -> pd.DataFrame:
        """A row for each node: role, whether it is up, and the gist of its state."""
        return _table(self._ask("nodes"))

    @property
    def queue(self) -> pd.DataFrame:
        """What happens next in the whole world, in order."""
        return _table(self._ask("queue"))

    @property
    def messages(self) -> pd.DataFrame:
        """What is on its way: from, to, message, type, bytes, and when it arrives (at, in nanoseconds)."""
        return _table(self._ask("messages"))

    @property
    def operations(self) -> list[dict]:
        """What clients have under way, and what each client says of itself."""
        return self._ask("operations")

    @property
    def faults(self) -> pd.DataFrame:
        """In force now, and the next five."""
        return _table(self._ask("faults"))

    @property
    def recent(self) -> pd.DataFrame:
        """The last events of the trace."""
        return _table(self._ask("recent"))

    @property
    def verdict(self) -> str:
        """What the checkers would say if the run ended here. Runs from the beginning."""
        return self._request("judge")["told"]

    # Where to go from there.

    def step(self, events: int = 1) -> Moment:
        return self._moved("event", number=self.event + events)

    def back(self, events: int = 1) -> Moment:
        return self._moved("event", number=max(0, self.event - events))

    def until(self, predicate: str) -> Moment:
        """After the next event at which it is met, as in `worknode replay --prompt`; TravelError when there is none."""
        return self._moved("until", predicate=predicate)

    def rewind(self, predicate: str) -> Moment:
        """After the last event before this moment at which it was met; TravelError when there is none."""
        return self._moved("rewind", predicate=predicate)

    def __eq__(self, other) -> bool:
        return isinstance(other, Moment) and self._traveller is other._traveller and self._at == other._at

    def __hash__(self) -> int:
        return hash((self.event, self.time_ns))

    def __repr__(self) -> str:
        lines = [f"<{self.time_s:.6f}s, after event {self.event}{', the end' if self.is_end else ''}>"]
        for row in self._ask("nodes"):
            if "left_out" not in row:
                lines.append(f"  n{row['node']:<4} {row['role']:<7} {row['stands']:<7} {row['gist']}")
        return "\n".join(lines)


def at(traveller: Traveller, when=None, event: int | None = None, traced: int | None = None) -> Moment:
    if sum(x is not None for x in (when, event, traced)) != 1:
        raise _core.BadInput("expected one of: a time, event=, traced=")
    if event is not None:
        return Moment(traveller, traveller.ask({"do": "event", "number": int(event)}))
    if traced is not None:
        return Moment(traveller, traveller.ask({"do": "traced", "number": int(traced)}))
    if isinstance(when, str):
        return Moment(traveller, traveller.ask({"do": "moment", "text": when}))
    return Moment(traveller, traveller.ask({"do": "moment", "ns": round(when * 1e9)}))
