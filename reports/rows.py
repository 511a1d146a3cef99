"""Figures out of google-benchmark programs: which counter of which benchmark is which figure, measured and recorded.

Shared by ci/bench-modes and ci/bench-checkers; the ledger itself is ledger.py.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
from typing import NamedTuple

import ledger

RELEASE = "build/release"


class Row(NamedTuple):
    """One counter (or the time) of one benchmark, and the figure that it is."""

    benchmark: str
    counter: str  # "" = the time that one iteration took, in nanoseconds
    name: str
    unit: str
    goal: str = ""
    scale: float = 1.0
    against: str = ""  # another benchmark of the same run: the figure is the ratio to its median


class Recorder:
    def __init__(self) -> None:
        self.entries: list[dict] = []
        load = os.getloadavg()[0]
        self.note = f"Disturbed: load average {load:.1f} at the start" if load > 0.5 else ""

    def add(self, name: str, samples: list[float], unit: str, command: str, goal: str = "", note: str = "") -> None:
        e = ledger.entry(name, samples, unit, command, goal, ". ".join(n for n in (note, self.note) if n))
        self.entries.append(e)
        print(f"  {name}: {ledger.number(e['value'])} {unit}  ({ledger.number(e['low'])} … {ledger.number(e['high'])})"
              f"{'' if ledger.met(e) else f'  MISSED {goal}'}", flush=True)


NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def measured_by(report: dict) -> dict[tuple[str, str], list[float]]:
    """(benchmark, counter) -> samples; the time under "", in nanoseconds."""
    out: dict[tuple[str, str], list[float]] = {}
    for b in report["benchmarks"]:
        if b.get("run_type") != "iteration":
            continue
        if b.get("error_occurred"):
            sys.exit(f"{b['name']}: {b.get('error_message', 'failed')}")
        name = re.sub(r"/(iterations|repeats):\d+", "", b.get("run_name", b["name"]))
        out.setdefault((name, ""), []).append(b["real_time"] * NANOSECONDS[b["time_unit"]])
        for counter, value in b.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                unit = {"items_per_second": "items/s"}.get(counter, counter)
                out.setdefault((name, unit), []).append(value)
    return out


def literally(name: str) -> str:
    """A name as a POSIX pattern that matches it alone; Python's own escapes of spaces and dashes are none there."""
    return re.sub(r"([.^$*+?()\[\]{}\\|])", r"\\\1", name)


def measure_all(programs: list[tuple[str, list[str], list[Row]]], out: Recorder, repetitions: int, only: str) -> None:
    """Runs each program for the figures whose name contains `only`, and records them."""
    for program, options, rows in programs:
        rows = [r for r in rows if only in r.name]
        if not rows:
            continue
        wanted = {literally(re.sub("/manual_time$", "", b)) for r in rows for b in (r.benchmark, r.against) if b}
        pattern = "^(" + "|".join(sorted(wanted)) + ")(/iterations:[0-9]+)?(/repeats:[0-9]+)?(/manual_time)?$"
        command, report = ledger.measure(f"{RELEASE}/{program}", pattern, repetitions, *options)
        measured = measured_by(report)
        for row in rows:
            if not (values := measured.get((row.benchmark, row.counter))):
                sys.exit(f"{program}: {row.benchmark} does not report {row.counter or 'a time'}")
            base = statistics.median(measured[row.against, row.counter]) if row.against else 1.0
            out.add(row.name, [v * row.scale / base for v in values], row.unit, command, row.goal)


def finish(section: str, out: Recorder, record: bool) -> None:
    """Adds to the ledger, says what was missed, and exits 1 when anything was."""
    if record:
        ledger.append(section, out.entries)
        ledger.TABLE.write_text(ledger.render(), "utf-8")
    missed = [e["name"] for e in out.entries if not ledger.met(e)]
    print(f"== {len(out.entries)} figures, {len(missed)} missed")
    sys.exit(1 if missed else 0)
