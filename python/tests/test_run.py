"""One run: determinism, tables, figures, files."""

import pickle

import numpy as np
import pandas as pd
import pytest

import worknode as wn


def test_the_same_seed_gives_the_same_run(catalog, light):
    again = wn.run(catalog / "fast" / "raft-light.toml", seed=7, duration="20s", freeze="5s")
    other = wn.run(catalog / "fast" / "raft-light.toml", seed=8, duration="20s", freeze="5s")
    assert again.digest == light.digest
    assert np.array_equal(again.trace_raw, light.trace_raw)
    assert again.history_jsonl == light.history_jsonl
    assert other.digest != light.digest


def test_a_trace_does_not_change_what_happens(catalog, light):
    bare = wn.run(catalog / "fast" / "raft-light.toml", seed=7, trace=False, duration="20s", freeze="5s")
    assert bare.digest == light.digest
    assert len(bare.trace_raw) == len(light.trace_raw)


def test_the_trace_is_a_typed_table(light):
    trace = light.trace
    assert trace["time_ns"].dtype == np.int64
    assert trace["node"].dtype == np.uint32
    assert isinstance(trace["kind"].dtype, pd.CategoricalDtype)
    assert trace["time_ns"].is_monotonic_increasing
    states = trace[trace["kind"] == "raft_state"]
    assert states["term"].notna().all() and states["term"].dtype == "uint64[pyarrow]"
    assert trace.loc[trace["kind"] == "timer_fired", "term"].isna().all()
    narrow = light.events("raft_state")
    assert list(narrow["term"]) == list(states["term"])
    assert list(narrow.columns) == ["time_ns", "node", "role", "term", "leader", "voted_for", "commit"]


def test_the_history_is_a_typed_table(light):
    history = light.history
    assert isinstance(history["function"].dtype, pd.CategoricalDtype)
    assert list(history["outcome"].cat.categories) == ["ok", "fail", "info"]
    assert history["invoked_ns"].dtype == "Int64"
    assert set(history["node"]) <= set(light.plan_summary["nodes"])
    assert (history["latency_ns"].dropna() >= 0).all()
    assert history["invoked"].is_monotonic_increasing
    assert len(history) == light.stats[["operations_ok", "operations_fail", "operations_info"]].sum()
    assert (history["outcome"] == "ok").sum() == light.stats["operations_ok"]


def test_claims_faults_spans_and_clocks(light):
    assert light.verdict in ("pass", "fail", "unknown")
    assert set(light.claims["outcome"].cat.categories) == {"pass", "fail", "unknown"}
    assert len(light.faults) == light.plan_summary["faults"]
    assert {"kind", "time_ns", "duration_ns", "nodes", "text"} <= set(light.faults.columns)
    leaders = light.spans[light.spans["kind"] == "leader"]
    assert len(leaders) and (leaders["end_ns"] >= leaders["begin_ns"]).all()
    assert light.clocks["skew_ns"].dtype == np.int64
    assert light.sometimes.dtype == np.int64


def test_a_run_survives_pickling_and_the_run_folder(light, tmp_path):
    copy = pickle.loads(pickle.dumps(light))
    assert copy.digest == light.digest and len(copy.history) == len(light.history)
    folder = light.save(tmp_path)
    try:
        loaded = wn.load(folder)
        assert loaded.digest == light.digest
        assert loaded.plan == light.plan
        assert len(loaded.trace) == len(light.trace)
        assert str(folder) in loaded.replay_command
        (folder / "digest").write_text("overall " + "0" * 32 + "\nkind 2\n")
        with pytest.raises(wn.DigestMismatch):
            wn.load(folder).verdict
    finally:
        light.folder = None


def test_a_failing_run_explains_itself(failing):
    assert failing.verdict == "fail"
    text = failing.explain()
    assert failing.signature in text and "\n" in text
    bad = failing.claims[failing.claims["outcome"] == "fail"]
    assert len(bad) >= 1


def test_a_run_without_operations_has_empty_tables_and_a_page(tmp_path):
    run = wn.run("raft-light", seed=3, duration="3s", freeze="1s", workload=[{"kind": "kv", "rate": 0}])
    assert len(run.history) == 0 and run.history["invoked_ns"].dtype == "Int64"
    assert drawn(run.plot_timeline()) > 1000
    assert run.report(tmp_path / "empty.html").stat().st_size > 10_000
    assert len(wn.sweep("raft-light", 1, progress=False, duration="3s", freeze="1s",
                        workload=[{"kind": "kv", "rate": 0}])) == 1


def drawn(figure):
    """Pixels that are not the page's colour."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    return int((pixels != 255).any(axis=2).sum())


@pytest.mark.parametrize("which", ["light", "failing"])
def test_the_timeline_is_a_figure_with_something_in_it(which, request):
    run = request.getfixturevalue(which)
    whole = run.plot_timeline()
    assert drawn(whole) > 5000
    assert drawn(run.plot_timeline(1.0, 2.0)) > 1000
    assert whole._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(wn.BadInput):
        run.plot_timeline(3, 2)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: wn.run("no-such-scenario"), "no-such-scenario"),
        (lambda: wn.run("scenarios"), "folder"),
        (lambda: wn.run("raft-light", seed=-1), "seed -1"),
        (lambda: wn.run("raft-light", seed=1 << 64), "seed"),
        (lambda: wn.run("raft-light", seed=1.5), "seed"),
        (lambda: wn.run("raft-light", duration="-3s"), "duration"),
        (lambda: wn.run("raft-light", no_such_key=1), "no_such_key"),
        (lambda: wn.run("raft-light", topology=object()), "object"),
        (lambda: wn.run("raft-light", duration__x=1), "duration"),
        (lambda: wn.load("/no/such/folder"), "/no/such/folder"),
        (lambda: wn.load(__file__), "test_run.py"),
        (lambda: wn.list_scenarios("/no/such/folder"), "/no/such/folder"),
        (lambda: wn.sweep("raft-light", []), "no seeds"),
        (lambda: wn.sweep("raft-light", [1, 1]), "twice"),
        (lambda: wn.sweep("raft-light", [-1], progress=False), "seed -1"),
    ],
)
def test_bad_input_is_one_clear_line(call, words):
    with pytest.raises(wn.BadInput) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_code_that_dies_is_a_verdict_and_not_the_end(monkeypatch):
    """What the worker process says when it dies is scripted here; that it dies alone is tested in scenarios/workers."""
    monkeypatch.setattr(wn._core, "row_apart", lambda plan, file: (True, "log.cpp:51: CHECK failed: a >= b"))
    run = wn.run("raft-light", seed=3)
    assert run.verdict == "fail" and run.signature == "crash: log.cpp:51: CHECK failed: a >= b"
    assert "CHECK failed" in run.explain() and len(run.claims) == 1 and "CHECK failed" in repr(run)
    with pytest.raises(wn.Crashed, match="log.cpp:51"):
        run.history
    sweep = wn.sweep("raft-light", 2, progress=False)
    assert list(sweep.signatures.index) == [run.signature] and sweep.failed_seeds == [0, 1]
    assert pickle.loads(pickle.dumps(run)).signature == run.signature


def test_an_unknown_kind_of_event_names_the_known_ones(light):
    with pytest.raises(wn.BadInput, match="raft_state"):
        light.events("no_such_kind")


def test_the_catalog_is_listed():
    table = wn.list_scenarios()
    assert {"raft-light", "raft-partition", "raft-crash", "raft-clock", "raft-disk", "raft-membership",
            "raft-swarm"} <= set(table.loc[table["group"] == "fast", "name"])
    assert table["title"].str.len().min() > 0
