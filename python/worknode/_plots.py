"""Figures. Colours are Okabe and Ito's, so that they can be told apart without colour vision."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

COLORS = {"ok": "#0072B2", "fail": "#7D8590", "info": "#E69F00"}
VERDICT_COLORS = {"pass": "#009E73", "fail": "#D55E00", "unknown": "#E69F00"}
TERM_COLORS = ["#56B4E9", "#8FD3B6", "#F0E442", "#CC79A7"]
FAULT, DOWN, PAUSED = "#D55E00", "#3D434B", "#A6ADB7"


class NotebookFigure(Figure):
    """A Figure that a notebook shows by itself, with no global state of pyplot."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=100)
        return out.getvalue()


def _clean(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=9)


def _bars(axes, row: float, begin: np.ndarray, end: np.ndarray, smallest: float, height: float, **style):
    if len(begin):
        axes.broken_barh(list(zip(begin, np.maximum(end - begin, smallest))), (row - height / 2, height), **style)


def plot_timeline(run, start_s, end_s, width):
    end_of_run = run.stats["simulated_s"]
    start = 0.0 if start_s is None else float(start_s)
    end = end_of_run if end_s is None else float(end_s)
    if not start < end:
        from ._core import BadInput
        raise BadInput(f"an empty window: {start} s to {end} s")
    roles = run.plan_summary["nodes"]
    servers = [n for n, role in roles.items() if role in ("server", "spare")]
    history = run.history
    processes = sorted(set(history["node"]) | {n for n, role in roles.items() if role == "client"})
    rows = {("n", n): -i for i, n in enumerate(servers)}
    rows |= {("p", p): -(len(servers) + 0.6 + i) for i, p in enumerate(processes)}
    figure = NotebookFigure(figsize=(width, 1.6 + 0.34 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    smallest = (end - start) / 1500

    for fault in run.faults.itertuples():
        begin = fault.time_ns / 1e9
        stop = end_of_run if pd.isna(fault.duration_ns) else begin + max(fault.duration_ns / 1e9, smallest)
        for node in fault.nodes:
            if ("n", node) in rows:
                axes.broken_barh([(begin, stop - begin)], (rows["n", node] - 0.5, 1.0), facecolor=FAULT, alpha=0.13)
    for span in run.spans.itertuples():
        if ("n", span.node) not in rows or span.kind == "frozen":  # a clock, not the node
            continue
        style = {"leader": {"facecolor": TERM_COLORS[span.term % len(TERM_COLORS)]}, "candidate": {"facecolor": "#B0488A"},
                 "down": {"facecolor": DOWN}, "paused": {"facecolor": "none", "edgecolor": PAUSED, "hatch": "////"}}[span.kind]
        height = {"leader": 0.5, "candidate": 0.2}.get(span.kind, 0.86)
        row = rows["n", span.node]
        begin, stop = span.begin_ns / 1e9, span.end_ns / 1e9
        axes.broken_barh([(begin, max(stop - begin, smallest))], (row - height / 2, height), linewidth=0.5, **style)
        if span.kind == "leader" and min(stop, end) - max(begin, start) > (end - start) / 14:
            axes.text(max(begin, start), row, f" term {span.term}", va="center", fontsize=8, clip_on=True)
    witness = sorted({i for c in run.claims.itertuples() if c.outcome == "fail" for i in c.operations if i < len(history)})
    begins = history["invoked_ns"].to_numpy(dtype=float, na_value=np.nan) / 1e9
    ends = history["completed_ns"].to_numpy(dtype=float, na_value=np.nan) / 1e9
    outcome = history["outcome"].to_numpy()
    process = history["node"].to_numpy()
    open_ended = np.isnan(ends)
    ends = np.where(open_ended, end_of_run, ends)
    for p in processes:
        row = rows["p", p]
        for name, color in COLORS.items():
            own = (process == p) & (outcome == name)
            _bars(axes, row, begins[own & ~open_ended], ends[own & ~open_ended], smallest, 0.6, facecolor=color)
            _bars(axes, row, begins[own & open_ended], ends[own & open_ended], smallest, 0.12, facecolor=color, alpha=0.6)
    for i in witness:
        stop = begins[i] + smallest * 4 if open_ended[i] else max(ends[i], begins[i] + smallest * 4)
        axes.broken_barh([(begins[i], stop - begins[i])], (rows["p", process[i]] - 0.42, 0.84), facecolor="none",
                         edgecolor=FAULT, linewidth=1.8, zorder=5)
    if witness:
        last = max(witness, key=lambda i: -1 if open_ended[i] else ends[i])
        axes.annotate(str(history["text"].iloc[last]), (begins[last], rows["p", process[last]] - 0.42), fontsize=8, color=FAULT,
                      xytext=(0, -9), textcoords="offset points", ha="center", weight="bold", annotation_clip=True, zorder=6,
                      bbox={"facecolor": "white", "alpha": 0.8, "pad": 1, "linewidth": 0})
    freeze = run.plan_summary["freeze_ns"] / 1e9
    if start < freeze < end:
        axes.axvline(freeze, color="#0B63A5", linestyle=":", linewidth=1)
    axes.set_yticks(list(rows.values()), [f"n{n}" for _, n in rows])
    axes.set_xlim(start, end)
    axes.set_ylim(min(rows.values(), default=0) - 0.9, 0.7)
    axes.set_xlabel("simulated time [s]")
    axes.set_title(f"{run.scenario}, seed {run.seed}: {run.signature or run.verdict}", loc="left", fontsize=11)
    _clean(axes)
    figure.legend(handles=[
        *(Patch(color=color, label=name) for name, color in COLORS.items()), Patch(color=TERM_COLORS[0], label="leader"),
        Patch(color=DOWN, label="down"), Patch(facecolor="none", edgecolor=PAUSED, hatch="////", label="paused"),
        Patch(color=FAULT, alpha=0.2, label="fault"), Patch(facecolor="none", edgecolor=FAULT, label="violation"),
    ], loc="outside lower center", ncol=8, fontsize=8, frameon=False)
    return figure


PARTITION_COLORS = ["#56B4E9", "#E69F00", "#8FD3B6", "#CC79A7", "#F0E442", "#7D8590", "#0072B2", "#D55E00"]


def plot_convergence(run, width):
    table, parts, end = run.divergence, run.partitions, run.stats["simulated_s"]
    servers = sorted(table["node"].unique())
    figure = NotebookFigure(figsize=(width, 3.0 + 0.22 * len(servers)), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3.0, 0.5 + 0.22 * len(servers)])
    for position, node in enumerate(servers):
        own = table[table["node"] == node]
        top.step(own["time_s"], own["behind"], where="post", linewidth=1.1, label=f"n{node}",
                 color=PARTITION_COLORS[position % len(PARTITION_COLORS)] if len(servers) <= 8 else COLORS["ok"],
                 alpha=1.0 if len(servers) <= 8 else 0.35)
    together = parts.groupby("begin_s")["partition"].nunique()
    stretches = parts.drop_duplicates("begin_s")[["begin_s", "end_s"]]
    for begin, stop in stretches.itertuples(index=False):
        if together[begin] > 1:
            for axes in (top, bottom):
                axes.axvspan(begin, stop, color=FAULT, alpha=0.08, linewidth=0)
    order = {p: i for i, p in enumerate(sorted(parts["partition"].unique()))}
    for row in parts.itertuples():
        color = PARTITION_COLORS[order[row.partition] % len(PARTITION_COLORS)]
        bottom.broken_barh([(row.begin_s, row.end_s - row.begin_s)], (-servers.index(row.node) - 0.4, 0.8), facecolor=color)
    bottom.set_yticks([-i for i in range(len(servers))], [f"n{n}" for n in servers])
    bottom.set_title("who could reach whom: one colour, one partition", loc="left", fontsize=9)
    freeze = run.plan_summary["freeze_ns"] / 1e9
    if 0 < freeze < end:
        top.axvline(freeze, color="#0B63A5", linestyle=":", linewidth=1)
        bottom.axvline(freeze, color="#0B63A5", linestyle=":", linewidth=1)
    top.set_ylabel("updates behind")
    top.set_ylim(bottom=0)
    top.set_title(f"{run.scenario}, seed {run.seed}: convergence", loc="left", fontsize=11)
    bottom.set_xlabel("simulated time [s]")
    bottom.set_xlim(0, end)
    if len(servers) <= 8:
        top.legend(frameon=False, fontsize=8, ncol=len(servers))
    for axes in (top, bottom):
        _clean(axes)
    return figure


def plot_outcomes(sweep):
    results, signatures = sweep.results, sweep.signatures
    columns = 50 if len(results) <= 1000 else 100
    lines = -(-len(results) // columns)
    heights = [0.9 + lines * 10 / columns, 0.9 + 0.3 * max(len(signatures), 1)]
    figure = NotebookFigure(figsize=(10, sum(heights) + 0.3), layout="constrained")
    top, bottom = figure.subplots(2, 1, height_ratios=heights)
    for position, outcome in enumerate(results["outcome"]):
        corner = (position % columns + 0.08, -(position // columns) - 0.92)
        top.add_patch(Rectangle(corner, 0.84, 0.84, facecolor=VERDICT_COLORS[outcome], linewidth=0))
    top.set_xlim(0, columns)
    top.set_ylim(-lines - 0.1, 0.1)
    top.set_aspect("equal", anchor="W")
    top.set_axis_off()
    counts = results["outcome"].value_counts()
    top.set_title(f"{sweep.scenario}: {len(sweep)} seeds", loc="left", fontsize=11)
    top.legend(handles=[Patch(color=c, label=f"{counts[name]} {name}") for name, c in VERDICT_COLORS.items() if counts[name]],
               loc="upper left", bbox_to_anchor=(0, -0.02), ncol=3, fontsize=9, frameon=False)
    if signatures.empty:
        bottom.remove()
        return figure
    bottom.barh([str(s) for s in signatures.index], signatures["seeds"], color=VERDICT_COLORS["fail"])
    bottom.invert_yaxis()
    bottom.set_xlabel("seeds that fail so")
    bottom.xaxis.get_major_locator().set_params(integer=True)
    _clean(bottom)
    return figure


def plot_latency(sweep):
    figure = NotebookFigure(figsize=(9, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for name, label, color in (("latency_p50_ns", "median", COLORS["ok"]), ("latency_p99_ns", "99th percentile", FAULT)):
        values = np.sort(sweep.results[name].dropna().to_numpy(dtype=float) / 1e6)
        if len(values):
            axes.step(values, np.arange(1, len(values) + 1) / len(values), where="post", color=color, label=label)
    axes.set_xscale("log")
    axes.set_xlabel("latency of an operation [ms]")
    axes.set_ylabel("share of the seeds")
    axes.set_ylim(0, 1.02)
    axes.set_title(f"{sweep.scenario}: latency by seed", loc="left", fontsize=11)
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(frameon=False, fontsize=9)
    _clean(axes)
    return figure


def plot_detection(sweep):
    results = sweep.results
    failing = (results["outcome"] == "fail").to_numpy()
    figure = NotebookFigure(figsize=(10, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.step(np.arange(1, len(results) + 1), np.cumsum(failing), where="post", color=FAULT)
    left.set_xlabel("seeds run")
    left.set_ylabel("failures found")
    if failing.any():
        first = int(np.argmax(failing)) + 1
        left.axvline(first, color=COLORS["fail"], linestyle=":", linewidth=1)
        left.annotate(f"first after {first} seed{'s' * (first > 1)}", (first, failing.sum() * 0.06), fontsize=9, xytext=(4, 0),
                      textcoords="offset points")
    left.set_title(f"{sweep.scenario}: seeds to detect", loc="left", fontsize=11)
    moments = results["failed_at_s"].dropna().to_numpy()
    if len(moments):
        right.hist(moments, bins=min(30, max(5, len(moments))), color=FAULT, alpha=0.85)
    right.set_xlabel("the violation became visible at [simulated s]")
    right.set_ylabel("seeds")
    for axes in (left, right):
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        _clean(axes)
    return figure


def plot_sometimes(sweep):
    share = (sweep.sometimes > 0).mean().sort_values() if len(sweep.sometimes.columns) else pd.Series(dtype=float)
    figure = NotebookFigure(figsize=(9, 1.4 + 0.26 * max(len(share), 1)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh([str(n) for n in share.index], share * 100, color=[COLORS["ok"] if v > 0 else FAULT for v in share])
    axes.set_xlim(0, 100)
    axes.set_xlabel("seeds in which it came true [%]")
    axes.set_title(f"{sweep.scenario}: what was exercised", loc="left", fontsize=11)
    _clean(axes)
    return figure
