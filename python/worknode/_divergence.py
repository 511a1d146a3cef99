"""How far replicas of a realm were apart, and when, from a run's trace.

An update is told when a replica makes it, and by each other replica when it applies it. So at any moment a replica is
`behind` by the updates that some replica in the realm has and it has not. What a replica knew when it started again
is what it had applied before; what it got as a whole image counts as what the others had then.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import _tables


def servers_of(run) -> list[int]:
    return [node for node, role in run.plan_summary["nodes"].items() if role in ("server", "spare")]


def partitions(run) -> pd.DataFrame:
    """Which servers could reach each other: begin_s, end_s, node, partition (the lowest node in it).

    Two servers are together when frames could travel between them both ways, directly or through others.
    """
    servers, end_of_run = servers_of(run), run.stats["simulated_s"]
    cuts = []
    for fault in run.faults.itertuples():
        if fault.kind == "partition":
            begin = fault.time_ns / 1e9
            end = end_of_run if pd.isna(fault.duration_ns) else min(begin + fault.duration_ns / 1e9, end_of_run)
            cuts.append((begin, end, {tuple(link) for link in fault.links}))
    edges = sorted({0.0, end_of_run, *(t for begin, end, _ in cuts for t in (begin, end) if 0 <= t <= end_of_run)})
    rows = []
    for begin, end in zip(edges, edges[1:]):
        blocked = set().union(*(links for b, e, links in cuts if b <= begin < e))
        component = {node: node for node in servers}
        for _ in servers:
            for a in servers:
                for b in servers:
                    if a < b and (a, b) not in blocked and (b, a) not in blocked:
                        component[a] = component[b] = min(component[a], component[b])
        rows += [(begin, end, node, component[node]) for node in servers]
    return pd.DataFrame(rows, columns=["begin_s", "end_s", "node", "partition"])


def _steps(run, servers: list[int]) -> pd.DataFrame:
    """time_s, node, behind: one row for each node whenever it, or the furthest of the others, has gone on."""
    updates = run.events("realm_update").assign(what=0)
    restored = run.events("realm_restored").assign(what=1)
    happened = pd.concat([updates, restored], ignore_index=True).sort_values("time_ns", kind="stable")
    known: dict[int, dict[int, int]] = {node: {} for node in servers}
    furthest: dict[int, int] = {}
    total, count = 0, dict.fromkeys(servers, 0)
    rows = [(0.0, node, 0) for node in servers]
    for event in happened.itertuples():
        node = int(event.node)
        if node not in known:
            continue
        if event.what == 1:
            if not event.rebased:
                continue
            others = [vector for other, vector in known.items() if other != node]
            origins = set().union(*others)
            known[node] = {o: max(vector.get(o, 0) for vector in others) for o in origins}
            furthest = dict(known[node])  # what it had done alone it does again, as other updates
            total, count[node] = sum(furthest.values()), sum(known[node].values())
        else:
            origin, counter = int(event.origin), int(event.counter)
            count[node] += max(0, counter - known[node].get(origin, 0))
            known[node][origin] = max(counter, known[node].get(origin, 0))
            total += max(0, counter - furthest.get(origin, 0))
            furthest[origin] = max(counter, furthest.get(origin, 0))
        at = event.time_ns / 1e9
        rows += [(at, other, total - count[other]) for other in servers]
    end = run.stats["simulated_s"]
    rows += [(end, node, total - count[node]) for node in servers]
    return pd.DataFrame(rows, columns=["time_s", "node", "behind"])


def divergence(run, step_s: float) -> pd.DataFrame:
    """Sampled every `step_s`: time_s, node, partition, behind."""
    servers = servers_of(run)
    steps, parts = _steps(run, servers), partitions(run)
    times = np.arange(0.0, run.stats["simulated_s"] + step_s / 2, step_s)
    tables = []
    for node in servers:
        own, part = steps[steps["node"] == node], parts[parts["node"] == node]
        last = np.searchsorted(own["time_s"].to_numpy(), times, side="right") - 1
        where = np.clip(np.searchsorted(part["begin_s"].to_numpy(), times, side="right") - 1, 0, None)
        tables.append(pd.DataFrame({"time_s": times, "node": node, "partition": part["partition"].to_numpy()[where],
                                    "behind": own["behind"].to_numpy()[last]}))
    return pd.concat(tables, ignore_index=True)


def in_sync(run) -> pd.DataFrame:
    """Since when each server had had the same updates as each other one, when it found out last: node, peer, since_s.

    `since_s` is null for a pair that never was in sync. It is the nodes' own word (trace event in_sync), so a later
    update that a node has not heard of yet does not show.
    """
    servers = servers_of(run)
    told = run.events("in_sync").groupby(["node", "peer"])["time_ns"].last() / 1e9
    pairs = [(a, b) for a in servers for b in servers if a != b]
    since = [told.get(pair, np.nan) for pair in pairs]
    return pd.DataFrame({"node": [a for a, _ in pairs], "peer": [b for _, b in pairs],
                         "since_s": pd.array(since, dtype="Float64")})


def is_realm(run) -> bool:
    number = next(n for n, (name, _) in _tables.KINDS.items() if name == "realm_restored")
    return bool((run.trace_raw["kind"] == number).any())
