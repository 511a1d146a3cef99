#!/usr/bin/env python3
"""The ledger of benchmark figures: figures in documents cite a line of it.

    reports/ledger.py run build/release/sim/sim_bench [--filter REGEX] [--repetitions 5] [--note TEXT]
    reports/ledger.py add --name "simulated s per wall s" --value 1234 --unit s/s --command "…" [--n 5]
    reports/ledger.py table        rewrites reports/ledger.md from reports/bench/*.json
    reports/ledger.py check        fails when ledger.md is not what the files give

One file a figure's program, `reports/bench/<program>.json`: a list of entries, only ever appended to, each with
name, value (the median), unit, n (repetitions), command, machine, commit, date, note.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "reports" / "bench"
TABLE = ROOT / "reports" / "ledger.md"
FIELDS = {"name": str, "value": (int, float), "unit": str, "n": int, "command": str, "machine": str, "commit": str,
          "date": str, "note": str}


def machine() -> str:
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.M) if cpuinfo.exists() else []
    memory = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text()) if Path("/proc/meminfo").exists() else None
    size = f", {round(int(memory[1]) / 1048576)} GiB" if memory else ""
    return f"{len(names) or '?'} x {names[0] if names else model}{size}"


def commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("-dirty" if git("status", "--porcelain", "-uno") else "")


def entry(name: str, value: float, unit: str, n: int, command: str, note: str) -> dict:
    return {"name": name, "value": value, "unit": unit, "n": n, "command": command, "machine": machine(), "commit": commit(),
            "date": datetime.date.today().isoformat(), "note": note}


def load(path: Path) -> list[dict]:
    entries = json.loads(path.read_text("utf-8"))
    for position, e in enumerate(entries):
        for field, kind in FIELDS.items():
            if not isinstance(e.get(field), kind):
                raise SystemExit(f"{path}: entry {position}: {field}: expected {kind}, found {e.get(field)!r}")
    return entries


def append(program: str, entries: list[dict]) -> Path:
    BENCH.mkdir(parents=True, exist_ok=True)
    path = BENCH / f"{program}.json"
    known = load(path) if path.exists() else []
    path.write_text(json.dumps(known + entries, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def medians(report: dict) -> list[tuple[str, float, str, int]]:
    """(name, value, unit, n) of google-benchmark's JSON: rates and counters where there are any, else the time."""
    runs: dict[str, list[dict]] = {}
    for b in report["benchmarks"]:
        if b.get("run_type", "iteration") == "iteration" and not b.get("error_occurred"):
            runs.setdefault(b.get("run_name", b["name"]), []).append(b)
    usual = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index",
             "threads", "iterations", "real_time", "cpu_time", "time_unit", "label"}
    out = []
    for name, repeated in runs.items():
        counters = [k for k, v in repeated[0].items() if k not in usual and isinstance(v, (int, float)) and not isinstance(v, bool)]
        for counter in counters:
            unit = {"items_per_second": "items/s", "bytes_per_second": "bytes/s"}.get(counter, counter)
            out.append((name, statistics.median(r[counter] for r in repeated), unit, len(repeated)))
        if not counters:
            out.append((name, statistics.median(r["real_time"] for r in repeated), repeated[0]["time_unit"], len(repeated)))
    return out


def run(arguments: argparse.Namespace) -> None:
    program = Path(arguments.program)
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [str(program), f"--benchmark_repetitions={arguments.repetitions}"]
        if arguments.filter:
            command.append(f"--benchmark_filter={arguments.filter}")
        subprocess.run([*command, f"--benchmark_out={out.name}", "--benchmark_out_format=json"], check=True)
        report = json.loads(Path(out.name).read_text("utf-8"))
    shown = " ".join(command)
    entries = [entry(name, value, unit, n, shown, arguments.note) for name, value, unit, n in medians(report)]
    if not entries:
        raise SystemExit("no benchmark was run: does the filter match one?")
    print(append(program.name, entries))
    TABLE.write_text(render(), "utf-8")


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def render() -> str:
    lines = ["# Ledger of figures", "",
             "Written by `reports/ledger.py table` from `reports/bench/*.json`: the newest entry of each figure. Values are medians",
             "of n repetitions; every entry names the command, the machine and the commit that gave it.", ""]
    for path in sorted(BENCH.glob("*.json")):
        newest: dict[str, dict] = {}
        for e in load(path):
            newest[f"{e['name']} [{e['unit']}]"] = e
        lines += [f"## {path.stem}", "", "| figure | median | unit | n | date | commit | command | note |", "|---|---:|---|---:|---|---|---|---|"]
        lines += [f"| {cell(e['name'])} | {number(e['value'])} | {cell(e['unit'])} | {e['n']} | {e['date']} | {e['commit']} | "
                  f"`{cell(e['command'])}` | {cell(e['note'])} |" for e in newest.values()]
        lines += ["", "Machines: " + "; ".join(sorted({e["machine"] for e in newest.values()})) + ".", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("run")
    p.add_argument("program")
    p.add_argument("--filter", default="")
    p.add_argument("--repetitions", type=int, default=5)
    p.add_argument("--note", default="")
    p = commands.add_parser("add")
    for name in ("--name", "--unit", "--command"):
        p.add_argument(name, required=True, dest={"--command": "what"}.get(name, name[2:]))
    p.add_argument("--program", default="measured")
    p.add_argument("--value", type=float, required=True)
    p.add_argument("--n", type=int, default=1)
    p.add_argument("--note", default="")
    commands.add_parser("table")
    commands.add_parser("check")
    arguments = parser.parse_args()
    if arguments.command == "run":
        run(arguments)
    elif arguments.command == "add":
        append(arguments.program, [entry(arguments.name, arguments.value, arguments.unit, arguments.n, arguments.what, arguments.note)])
        TABLE.write_text(render(), "utf-8")
    elif arguments.command == "table":
        TABLE.write_text(render(), "utf-8")
    elif not TABLE.exists() or TABLE.read_text("utf-8") != render():
        sys.exit("reports/ledger.md is not what reports/bench/*.json give: run reports/ledger.py table")


if __name__ == "__main__":
    main()
