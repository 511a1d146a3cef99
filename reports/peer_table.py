"""What `ci/bench-peers` measured, judged and told: medians, spreads, ratios, verdicts, and the table reports/peers.md.

A session is one run of the measurements, as JSON:
  {"date", "commit", "machine", "rounds", "disturbed", "versions": {program: version},
   "samples": {figure: {contender: [numbers]}}, "missing": {figure: {contender: reason}}, "commands": {figure: {contender: command}}}
The contender "ours" is this project. Every figure is of one quantity in one unit, so a ratio needs no conversion: it says
how many times better ours is (2 = twice as fast, or half as large).
"""

from __future__ import annotations

import re
import statistics
import tomllib
from pathlib import Path

import ledger

OURS = "ours"
FIGURE_FIELDS = {"key", "name", "unit", "better", "goal", "ours", "peers"}
CONTENDER_FIELDS = {"name", "program", "metric", "bench", "benchmark", "series", "field", "scale", "per", "factor"}


class Invalid(ValueError):
    """The table of figures or the notes do not make sense."""


def load_figures(path: Path) -> list[dict]:
    figures = tomllib.loads(path.read_text("utf-8"))["figure"]
    seen = set()
    for f in figures:
        key = f.get("key", "?")
        if unknown := set(f) - FIGURE_FIELDS:
            raise Invalid(f"{key}: unknown fields {sorted(unknown)}")
        if key in seen:
            raise Invalid(f"{key}: is there twice")
        seen.add(key)
        if f.get("better") not in ("less", "more"):
            raise Invalid(f"{key}: better: 'less' or 'more'")
        f.setdefault("goal", "")
        f.setdefault("peers", [])
        if f["goal"] and not re.fullmatch(r"[<>]= \d+(\.\d+)?", f["goal"]):
            raise Invalid(f"{key}: goal: expected e.g. '<= 10'")
        f["ours"]["name"] = OURS
        for c in contenders(f):
            if unknown := set(c) - CONTENDER_FIELDS:
                raise Invalid(f"{key}: {c['name']}: unknown fields {sorted(unknown)}")
            if ("program" in c) == ("bench" in c):
                raise Invalid(f"{key}: {c['name']}: either a peer's program or a bench of ours")
            c.setdefault("scale", 1)
    return figures


def contenders(figure: dict) -> list[dict]:
    return [figure["ours"], *figure["peers"]]


def load_notes(path: Path, figures: list[dict]) -> dict[str, str]:
    notes = tomllib.loads(path.read_text("utf-8")).get("notes", {}) if path.exists() else {}
    if unknown := set(notes) - {f["key"] for f in figures}:
        raise Invalid(f"{path.name}: no figure is called {', '.join(sorted(unknown))}")
    return notes


def converted(contender: dict, values: list[float]) -> list[float]:
    """In the figure's unit: `per` divided by the value (a rate becomes a time), then `scale` times."""
    if "per" in contender:
        values = [contender["per"] / v for v in values]
    return [v * contender["scale"] for v in values]


def from_series(report: dict, contender: dict) -> list[float]:
    """The runs that coordination_bench prints: "workload.list"."""
    workload, name = contender["series"].split(".")
    for entry in report["workloads"]:
        if entry["name"] == workload and entry.get(name):
            return converted(contender, entry[name])
    raise LookupError(f"no runs at {contender['series']}")


def bare(name: str) -> str:
    """A benchmark's name without what google-benchmark adds for the way it is run."""
    return re.sub(r"/(iterations:\d+|repeats:\d+|manual_time|real_time|process_time)", "", name)


def pattern(names: list[str]) -> str:
    """A filter for these benchmarks, whatever is added to their names."""
    return f"^({'|'.join(dict.fromkeys(names))})(/(iterations:[0-9]+|repeats:[0-9]+|manual_time|real_time|process_time))*$"


def from_report(report: dict, contender: dict) -> list[float]:
    """The repetitions of one benchmark in google-benchmark's JSON; times in nanoseconds."""
    to_ns = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    field = contender.get("field", "real_time")
    values = []
    for run in report["benchmarks"]:
        named = bare(run.get("run_name", run["name"]))
        if named != contender["benchmark"] or run.get("run_type", "iteration") != "iteration":
            continue
        if run.get("error_occurred"):
            raise LookupError(run.get("error_message", "an error"))
        if field not in run:
            raise LookupError(f"{named} has no field {field}")
        values.append(run[field] * (to_ns[run["time_unit"]] if field.endswith("_time") else 1))
    if not values:
        raise LookupError(f"no benchmark is called {contender['benchmark']}")
    return converted(contender, values)


def ratio(figure: dict, ours: list[float], theirs: list[float]) -> float:
    """How many times better ours is than theirs, by medians."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    up, down = (mine, other) if figure["better"] == "more" else (other, mine)
    return up / down if down else float("inf")


def verdict(figure: dict, samples: dict[str, list[float]]) -> str:
    """"met", "missed", "open" when a peer that the goal names was not measured, "shown" without a goal."""
    if OURS not in samples:
        return "not measured"
    goals = []
    if figure["goal"]:
        goals.append(ledger.met({"goal": figure["goal"], "value": statistics.median(samples[OURS])}))
    missing = False
    for peer in figure["peers"]:
        if "factor" not in peer:
            continue
        if peer["name"] in samples:
            goals.append(ratio(figure, samples[OURS], samples[peer["name"]]) >= peer["factor"])
        else:
            missing = True
    if not all(goals):
        return "missed"
    if missing:
        return "open"
    return "met" if goals else "shown"


def goal_text(figure: dict) -> str:
    parts = []
    if figure["goal"]:
        sense, bound = figure["goal"].split()
        parts.append(f"{'≥' if sense == '>=' else '≤'} {ledger.number(float(bound))} {figure['unit']}")
    by_factor: dict[float, list[str]] = {}
    for peer in figure["peers"]:
        if "factor" in peer:
            by_factor.setdefault(peer["factor"], []).append(peer["name"])
    for factor, names in by_factor.items():
        parts.append(("ahead of " if factor == 1 else f"≥ {factor:g} × ") + "; ".join(names))
    return ", ".join(parts)


def three(value: float) -> str:
    """Three significant digits, thousands apart; millions as such."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:.3g} M" if abs(value) < 1e9 else f"{value / 1e6:,.0f} M"
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def measured(values: list[float]) -> str:
    text = three(statistics.median(values))
    return f"{text} ({three(min(values))} … {three(max(values))})" if len(values) > 1 and min(values) != max(values) else text


def peer_cell(figure: dict, session: dict) -> str:
    samples = session["samples"].get(figure["key"], {})
    missing = session["missing"].get(figure["key"], {})
    lines = []
    for peer in figure["peers"]:
        name = peer["name"]
        if name not in samples:
            lines.append(f"{name}: not measured ({missing.get(name, 'not asked for')})")
        elif OURS in samples:
            lines.append(f"{name}: {measured(samples[name])}, **{three(ratio(figure, samples[OURS], samples[name]))} ×**")
        else:
            lines.append(f"{name}: {measured(samples[name])}")
    return "<br>".join(ledger.cell(line) for line in lines)


def render(session: dict, figures: list[dict], notes: dict[str, str]) -> str:
    lines = ["# Against peers", "",
             "Written by `ci/bench-peers`: one session, ours and the peers in turn. Median (least … greatest); × says how many",
             "times better ours is by medians: below 1 the peer is ahead. What each figure does is in",
             "[peers/figures.toml](peers/figures.toml) and the programs beside it.", "",
             "| figure | unit | goal | ours | peers | verdict |", "|---|---|---|---:|---|---|"]
    for f in figures:
        samples = session["samples"].get(f["key"], {})
        reason = session["missing"].get(f["key"], {}).get(OURS, "not asked for")
        ours = measured(samples[OURS]) if OURS in samples else f"not measured ({ledger.cell(reason)})"
        says = verdict(f, samples)
        lines.append(f"| {ledger.cell(f['name'])} | {f['unit']} | {ledger.cell(goal_text(f))} | {ours} | {peer_cell(f, session)} | "
                     f"{f'**{says}**' if says == 'missed' else says} |")
    told = [f"- **{f['name']}**: {notes[f['key']]}" for f in figures if f["key"] in notes]
    lines += ["", "## Notes", "", *(told or ["None."])]
    lines += ["", "## How", ""]
    for f in figures:
        commands = session.get("commands", {}).get(f["key"], {})
        unique = list(dict.fromkeys(commands.values()))
        if unique:
            lines.append(f"- {ledger.cell(f['name'])}: " + "; ".join(f"`{c}`" for c in unique))
    versions = ", ".join(f"{name} {version}" for name, version in sorted(session["versions"].items()))
    lines += ["", f"Peers: {versions or 'none'}.", "",
              f"Machine: {session['machine']}; commit {session['commit']}, {session['date']}; {session['rounds']} rounds."]
    if session.get("disturbed"):
        lines += ["", f"Disturbed: other work used {session['disturbed']:.1f} cores meanwhile."]
    return "\n".join(lines) + "\n"


def entries(session: dict, figures: list[dict]) -> list[dict]:
    """The session as entries of the ledger."""
    out = []
    for f in figures:
        for c in contenders(f):
            values = session["samples"].get(f["key"], {}).get(c["name"])
            if not values:
                continue
            command = session["commands"][f["key"]][c["name"]]
            goal = f["goal"] if c["name"] == OURS else ""
            out.append(ledger.entry(f"{f['name']}: {c['name']}", values, f["unit"], command, goal))
    return out
