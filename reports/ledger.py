#!/usr/bin/env python3
"""The ledger of measured figures: every number in a document cites a line of reports/figures.md.

    ci/bench                       measures the figures and records them here
    reports/ledger.py run build/release/sim/sim_bench [--filter REGEX] [--repetitions 5] [--note TEXT]
    reports/ledger.py render       rewrites reports/figures.md from reports/bench/*.json
    reports/ledger.py check        fails when figures.md is not what the files give

reports/bench/<section>.json is a list of entries: the history. A figure measured again at the same commit on the same
machine takes the place of its older entry; otherwise entries are only ever added.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "reports" / "bench"
TABLE = ROOT / "reports" / "figures.md"
NUMBER = (int, float)
FIELDS = {"name": str, "value": NUMBER, "unit": str, "low": NUMBER, "high": NUMBER, "n": int, "goal": str, "command": str,
          "machine": str, "compiler": str, "commit": str, "date": str, "note": str}
TITLES = {"figures": "What the first issue asks for", "service": "What users notice", "parts": "Parts",
          "checkers": "Judges of histories",
          "modes": "Modes, sync, gluing, calls, groups, liars",
          "cluster": "Real clusters on loopback",
          "times": "Building and testing, from clean", "peers": "Against peers, in one session"}


def machine() -> str:
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.M) if cpuinfo.exists() else []
    meminfo = Path("/proc/meminfo")
    memory = re.search(r"MemTotal:\s*(\d+) kB", meminfo.read_text()) if meminfo.exists() else None
    size = f", {round(int(memory[1]) / 1048576)} GiB" if memory else ""
    return f"{os.cpu_count() or '?'} x {names[0] if names else model}{size}"


def output(*command: str) -> str:
    """What a command prints, or nothing when it cannot be run."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def compiler() -> str:
    """The compiler and build type of build/release."""
    cache = ROOT / "build" / "release" / "CMakeCache.txt"
    text = cache.read_text("utf-8") if cache.exists() else ""
    name = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", text, re.M)
    kind = re.search(r"^CMAKE_BUILD_TYPE:\w+=(.+)$", text, re.M)
    version = re.search(r"\d+\.\d+\.\d+", output(name[1], "--version")) if name else None
    return f"{Path(name[1]).name if name else 'unknown'} {version[0] if version else ''} {kind[1] if kind else ''}".strip()


def commit() -> str:
    """The commit that was measured; "-dirty" when sources differ from it (the ledger's own files do not count)."""
    head = output("git", "rev-parse", "--short=12", "HEAD") or "unknown"
    changed = output("git", "status", "--porcelain", "-uno", "--", ".", ":!reports/bench", ":!reports/figures.md")
    return head + ("-dirty" if changed else "")


def entry(name: str, samples: list[float], unit: str, command: str, goal: str = "", note: str = "") -> dict:
    """One figure: the median of its samples, with the least and the greatest. A goal reads ">= 1000" or "<= 2"."""
    return {"name": name, "value": statistics.median(samples), "unit": unit, "low": min(samples), "high": max(samples),
            "n": len(samples), "goal": goal, "command": command, "machine": machine(), "compiler": compiler(),
            "commit": commit(), "date": datetime.date.today().isoformat(), "note": note}


def met(e: dict) -> bool:
    """True when the figure has no goal or reaches it."""
    if not e["goal"]:
        return True
    sense, bound = e["goal"].split()
    return e["value"] >= float(bound) if sense == ">=" else e["value"] <= float(bound)


def load(path: Path) -> list[dict]:
    entries = json.loads(path.read_text("utf-8"))
    for position, e in enumerate(entries):
        for field, kind in FIELDS.items():
            if not isinstance(e.get(field), kind):
                raise SystemExit(f"{path}: entry {position}: {field}: expected {kind}, found {e.get(field)!r}")
        if e["goal"] and not re.fullmatch(r"[<>]= \d+(\.\d+)?", e["goal"]):
            raise SystemExit(f"{path}: entry {position}: goal: expected e.g. '>= 1000', found {e['goal']!r}")
    return entries


def append(section: str, entries: list[dict]) -> Path:
    BENCH.mkdir(parents=True, exist_ok=True)
    path = BENCH / f"{section}.json"

    def identity(e: dict) -> tuple[str, ...]:
        return e["name"], e["unit"], e["commit"], e["machine"], e["compiler"]

    fresh = {identity(e) for e in entries}
    known = [e for e in load(path) if identity(e) not in fresh] if path.exists() else []
    path.write_text(json.dumps(known + entries, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def samples(report: dict) -> list[tuple[str, str, list[float]]]:
    """(name, unit, samples) of google-benchmark's JSON: rates and counters where there are any, else the time."""
    runs: dict[str, list[dict]] = {}
    for b in report["benchmarks"]:
        if b.get("run_type", "iteration") == "iteration" and not b.get("error_occurred"):
            runs.setdefault(b.get("run_name", b["name"]), []).append(b)
    usual = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index",
             "threads", "iterations", "real_time", "cpu_time", "time_unit", "label"}
    out = []
    for name, repeated in runs.items():
        counters = [k for k, v in repeated[0].items() if k not in usual and isinstance(v, NUMBER) and not isinstance(v, bool)]
        for counter in counters:
            unit = {"items_per_second": "items/s", "bytes_per_second": "bytes/s"}.get(counter, counter)
            out.append((name, unit, [r[counter] for r in repeated]))
        if not counters:
            out.append((name, repeated[0]["time_unit"], [r["real_time"] for r in repeated]))
    return out


def measure(program: str, pattern: str, repetitions: int, *options: str) -> tuple[str, dict]:
    """Runs a google-benchmark program: the command as anyone can type it, and its report."""
    command = [program, f"--benchmark_repetitions={repetitions}", *options]
    if pattern:
        command.append(f"--benchmark_filter={pattern}")
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        done = subprocess.run([*command, f"--benchmark_out={out.name}", "--benchmark_out_format=json"], cwd=ROOT,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{program} exited {done.returncode}\n{done.stdout}{done.stderr}")
        report = json.loads(Path(out.name).read_text("utf-8"))
    return " ".join(f"'{word}'" if re.search(r"[|()*$^]", word) else word for word in command), report


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.4g}"


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def goal_cell(e: dict) -> str:
    if not e["goal"]:
        return ""
    sense, bound = e["goal"].split()
    return f"{'≥' if sense == '>=' else '≤'} {number(float(bound))}: {'met' if met(e) else '**missed**'}"


def render() -> str:
    lines = ["# Figures", "",
             "Written by `ci/bench` (`reports/ledger.py render`) from `reports/bench/*.json`: the newest entry of each figure, with",
             "the least and the greatest of its n samples. One core each; seconds are seconds of that core.", ""]
    order = list(TITLES)
    paths = sorted(BENCH.glob("*.json"), key=lambda p: (order.index(p.stem) if p.stem in order else len(order), p.stem))
    for path in paths:
        newest: dict[str, dict] = {}
        for e in load(path):
            newest[f"{e['name']} [{e['unit']}]"] = e
        lines += [f"## {TITLES.get(path.stem, path.stem)}", "", "| figure | median | unit | spread | n | goal | measured at |",
                  "|---|---:|---|---:|---:|---|---|"]
        lines += [f"| {cell(e['name'])} | {number(e['value'])} | {cell(e['unit'])} | {number(e['low'])} … {number(e['high'])} | "
                  f"{e['n']} | {goal_cell(e)} | {e['commit']}, {e['date']} |" for e in newest.values()]
        lines += ["", "How:", ""]
        commands: dict[tuple[str, str], list[str]] = {}
        for e in newest.values():
            commands.setdefault((e["command"], e["note"]), []).append(e["name"])
        lines += [f"- {cell('; '.join(names))}: `{cell(command)}`{'. ' + cell(note) if note else ''}"
                  for (command, note), names in commands.items()]
        machines = sorted({f"{e['machine']}; {e['compiler']}" for e in newest.values()})
        lines += ["", "Machine: " + " / ".join(machines) + ".", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def run(arguments: argparse.Namespace) -> None:
    command, report = measure(arguments.program, arguments.filter, arguments.repetitions)
    entries = [entry(name, values, unit, command, note=arguments.note) for name, unit, values in samples(report)]
    if not entries:
        raise SystemExit("no benchmark was run: does the filter match one?")
    print(append(Path(arguments.program).name, entries))
    TABLE.write_text(render(), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("run")
    p.add_argument("program")
    p.add_argument("--filter", default="")
    p.add_argument("--repetitions", type=int, default=5)
    p.add_argument("--note", default="")
    commands.add_parser("render")
    commands.add_parser("check")
    arguments = parser.parse_args()
    if arguments.command == "run":
        run(arguments)
    elif arguments.command == "render":
        TABLE.write_text(render(), "utf-8")
    elif not TABLE.exists() or TABLE.read_text("utf-8") != render():
        sys.exit("reports/figures.md is not what reports/bench/*.json give: run reports/ledger.py render")


if __name__ == "__main__":
    main()
