"""Verdicts as figures: cycles of transactions, and operations over time with where their order breaks."""

from __future__ import annotations

import math
import textwrap

from matplotlib.patches import Patch

from ._plots import COLORS, FAULT, VERDICT_COLORS, NotebookFigure, _clean

CYCLES_MAX = 4
LINK_COLORS = {"ww": "#0072B2", "wr": "#009E73", "rw": "#D55E00", "realtime": "#7D8590", "process": "#CC79A7"}
PLACED = "#56B4E9"
UNITS = [("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0)]


def plot_verdict(verdict, width: float):
    cycles = [a for a in verdict.anomalies if len(a.links) > 1]
    if cycles:
        return _plot_cycles(verdict, cycles[:CYCLES_MAX], width)
    if verdict._picture.get("shown"):
        return _plot_timing(verdict, width)
    figure = NotebookFigure(figsize=(width, 1.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    color = VERDICT_COLORS.get(verdict.outcome, FAULT)
    words = verdict.pass_means if verdict.outcome == "pass" else verdict.explanation
    axes.text(0, 0.5, f"{verdict.outcome.upper()}  {verdict.model}, {verdict.consistency}\n{words}", color=color, va="center")
    return figure


def _short(text: str, length: int = 34) -> str:
    return "\n".join(textwrap.wrap(text, length)[:3])


def _plot_cycles(verdict, cycles, width: float):
    labels = {row["index"]: row["label"] for row in verdict._picture.get("shown", ())}
    figure = NotebookFigure(figsize=(width, 0.75 * width * len(cycles)), layout="constrained")
    figure.suptitle(f"{verdict.outcome}: {verdict.signature}", color=VERDICT_COLORS[verdict.outcome])
    for position, anomaly in enumerate(cycles):
        axes = figure.add_subplot(len(cycles), 1, position + 1)
        _draw_cycle(axes, anomaly, labels)
    return figure


def _draw_cycle(axes, anomaly, labels) -> None:
    places = {}
    count = len(anomaly.links)
    for position, link in enumerate(anomaly.links):
        angle = (math.pi if count == 2 else math.pi / 2) - 2 * math.pi * position / count
        places.setdefault(link.source, (1.6 * math.cos(angle), math.sin(angle)))
    for link in anomaly.links:
        (x0, y0), (x1, y1) = places[link.source], places.get(link.target, places[anomaly.links[0].source])
        color = LINK_COLORS.get(link.kind, FAULT)
        axes.annotate("", xy=(x1, y1), xytext=(x0, y0), zorder=1,
                      arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 1.6, "shrinkA": 24, "shrinkB": 24,
                                  "connectionstyle": "arc3,rad=-0.25"})
        # The bow of the arrow is to the left of its way.
        bend = 0.16
        middle = ((x0 + x1) / 2 - bend * (y1 - y0), (y0 + y1) / 2 + bend * (x1 - x0))
        axes.text(*middle, f"{link.kind}\n{_short(link.why)}", color=color, fontsize=7, ha="center", va="center", zorder=3,
                  bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1})
    for operation, (x, y) in places.items():
        label = labels.get(operation, "")
        text = _short(label if label.startswith("T") else f"T{operation} {label}", 30)
        axes.text(x, y, text, ha="center", va="center", fontsize=8, zorder=4,
                  bbox={"boxstyle": "round,pad=0.4", "facecolor": "#F4F6F8", "edgecolor": "#3D434B"})
    axes.set_title(anomaly.type, loc="left", fontsize=10)
    axes.set_xlim(-2.4, 2.4)
    axes.set_ylim(-1.45, 1.45)
    axes.set_axis_off()


def _times(rows) -> tuple[str, float, list[tuple[float, float, bool]]]:
    """The unit, the end of the picture, and (begin, end, is open) of each operation."""
    timed = all(row["invoked_ns"] >= 0 for row in rows)
    times = [t for row in rows for t in (row["invoked_ns"], row["completed_ns"]) if t >= 0]
    span = max(times) - min(times) if timed else 0
    unit, scale = next(((name, size) for name, size in UNITS if span >= size), UNITS[-1])

    def begin(row):
        return row["invoked_ns"] / scale if timed else float(row["invoked"])

    def end(row):
        if row["completed"] is None or (timed and row["completed_ns"] < 0):
            return None
        return row["completed_ns"] / scale if timed else float(row["completed"])

    ends = [e for row in rows if (e := end(row)) is not None]
    begins = [begin(row) for row in rows]
    first, last = min(begins), max([*begins, *ends])
    limit = last + max((last - first) * 0.06, 1e-6)
    bars = [(begin(row), limit if end(row) is None else end(row), end(row) is None) for row in rows]
    return (f"time [{unit}]" if timed else "position in the history"), limit, bars


def _plot_timing(verdict, width: float):
    picture = verdict._picture
    rows = picture["shown"]
    order = {operation: position for position, operation in enumerate(picture["placed"])}
    states = dict(zip(picture["placed"], picture["states"]))
    stuck = set(picture["stuck"]) or set(verdict.operations)
    unit, limit, bars = _times(rows)
    # A process may have two of them open at once after an info: each operation goes to the first free row.
    processes: dict[int, list[list[float]]] = {}
    lanes: list[tuple[int, int]] = []
    for row, (begin, end, _) in sorted(zip(rows, bars), key=lambda pair: pair[1][0]):
        own = processes.setdefault(row["process"], [])
        lane = next((i for i, taken in enumerate(own) if taken[-1] <= begin), len(own))
        if lane == len(own):
            own.append([begin])
        own[lane].append(end)
        lanes.append((row["index"], lane))
    lane_of = dict(lanes)
    heights: dict[tuple[int, int], int] = {}
    for process in sorted(processes):
        for lane in range(len(processes[process])):
            heights[process, lane] = -len(heights)
    figure = NotebookFigure(figsize=(width, 1.8 + 0.62 * len(heights)), layout="constrained")
    axes = figure.add_subplot()
    first = min(begin for begin, _, _ in bars)
    smallest = (limit - first) / 200
    for row, (begin, end, is_open) in zip(rows, bars):
        y = heights[row["process"], lane_of[row["index"]]]
        wrong = row["index"] in stuck
        color = FAULT if wrong else PLACED if row["index"] in order else COLORS.get(row["outcome"], COLORS["fail"])
        axes.broken_barh([(begin, max(end - begin, smallest))], (y - 0.2, 0.4), facecolor=color, alpha=0.55 if is_open else 0.9,
                         hatch="//" if is_open else None, edgecolor="white", linewidth=0.6)
        number = f"{order[row['index']] + 1}. " if row["index"] in order and not wrong else ""
        axes.text(begin, y + 0.24, number + _short(row["label"], 44).replace("\n", " "), fontsize=7, va="bottom",
                  color=FAULT if wrong else "black", clip_on=True)
        if (state := states.get(row["index"])) and not wrong:
            axes.text(begin, y - 0.24, f"→ {state[:40]}", fontsize=6, va="top", color="#3D434B", clip_on=True)
    axes.set_yticks(list(heights.values()), [f"process {p}" for p, _ in heights])
    axes.set_ylim(min(heights.values()) - 0.6, 0.75)
    axes.set_xlim(first - smallest, limit)
    axes.set_xlabel(unit)
    axes.set_title(f"{verdict.outcome}: {verdict.signature}", loc="left", fontsize=11, color=VERDICT_COLORS[verdict.outcome])
    _clean(axes)
    figure.legend(handles=[Patch(color=PLACED, label="explained, in this order"), Patch(color=FAULT, label="no order explains it"),
                           Patch(color=COLORS["ok"], label="others"), Patch(facecolor=COLORS["info"], hatch="//", label="open")],
                  loc="outside lower center", ncol=4, fontsize=8, frameon=False)
    return figure
