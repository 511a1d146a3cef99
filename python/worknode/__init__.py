"""Worknode: deterministic simulation and chaos testing, in notebooks.

    import worknode as wn

    run = wn.run("raft-light", seed=7)        # one seed, judged by all checkers
    run.verdict, run.history, run.trace       # tables
    run.plot_timeline()                       # a matplotlib figure

    sweep = wn.sweep("raft-swarm", range(200))
    small = wn.shrink(sweep.failures[0])      # the same failure, in few faults and operations
    print(small.explain())
    small.at("3.2s").node(1).raft.term        # time travel: any node at any moment, back and forth

    with wn.connect("quic://127.0.0.1:7411/KEY") as c: c.put(3, 42)     # running servers; worknode.client

    wn.check("history.edn", "list-append", "serializable").explain()   # anybody's history; .plot() draws it

Units: every column and argument that ends in `_ns` is in integer nanoseconds of true (simulated) time since the
start of the run; `_s` is seconds as a float. Errors: what a caller got wrong raises `BadInput`, a `ValueError`
with a one-line message (file, line and column where there is one).
"""

from ._catalog import list_scenarios
from ._check import Anomaly, Link, Verdict, check, list_consistencies, list_models
from ._core import BadInput, NoElle
from ._core import build_id as _build_id
from ._model import Operation
from ._moment import Moment, TravelError
from ._results import read_results
from ._run import Crashed, DigestMismatch, Run, load, run
from ._shrink import shrink
from ._sweep import Sweep, SweepInterrupted, sweep
from .client import Client, ClientError, Closed, Denied, Overloaded, Refused, TimedOut, UnknownOutcome, Unreachable, Watch, connect

__version__ = "0.1.0"
build_id: str = _build_id()

__all__ = [
    "Anomaly", "BadInput", "Client", "ClientError", "Closed", "Crashed", "Denied", "DigestMismatch", "Link", "Moment", "NoElle", "Operation",
    "Overloaded", "Refused", "Run", "Sweep", "SweepInterrupted", "TimedOut", "TravelError", "UnknownOutcome", "Unreachable", "Verdict", "Watch", "build_id", "check",
    "connect", "list_consistencies", "list_models", "list_scenarios", "load", "read_results", "run", "shrink", "sweep",
]
