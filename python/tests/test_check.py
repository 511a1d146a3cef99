"""wn.check on histories of every shape."""

import json
import pickle

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worknode as wn


def op(process, function, value, start, end, outcome="ok", result=None, key=None):
    return {"process": process, "function": function, "key": key, "value": value, "result": result, "outcome": outcome,
            "invoked_ns": start, "completed_ns": end}


GOOD = [op(0, "write", 1, 0, 10), op(1, "read", None, 20, 30, result=1), op(0, "write", 2, 25, 60),
        op(1, "read", None, 40, 50, result=2)]
STALE = [op(0, "write", 1, 0, 10), op(0, "write", 2, 20, 30), op(1, "read", None, 40, 50, result=1)]


def test_operations_as_dicts():
    assert wn.check(GOOD, "register").outcome == "pass"
    verdict = wn.check(STALE, "register")
    assert not verdict and verdict.outcome == "fail"
    assert verdict.signature == "linearizability: stale read"
    assert 2 in verdict.operations
    assert "stale read" in verdict.explain() and len(verdict.explain().splitlines()) > 1


def test_events_as_dicts_and_files(tmp_path):
    events = [
        {"process": 0, "type": "invoke", "f": "write", "value": 1}, {"process": 0, "type": "ok", "f": "write", "value": 1},
        {"process": 1, "type": "invoke", "f": "read", "value": None}, {"process": 1, "type": "ok", "f": "read", "value": 7},
    ]
    assert wn.check(events, "register").signature == "linearizability: value from nowhere"
    path = tmp_path / "history.jsonl"
    path.write_text("".join(json.dumps(e) + "\n" for e in events))
    assert wn.check(path, "register").outcome == "fail"
    assert wn.check(str(path), "register").outcome == "fail"


def test_a_cas_that_saw_what_was_not_there():
    wrong = [op(0, "write", 1, 0, 10), {**op(1, "cas", 3, 20, 30), "expected": 2}]
    right = [op(0, "write", 1, 0, 10), {**op(1, "cas", 3, 20, 30), "expected": 1}]
    assert wn.check(right, "cas-register").outcome == "pass"
    assert wn.check(wrong, "cas-register").outcome == "fail"


def test_the_tables_of_runs(light, failing):
    assert wn.check(light.history, "kv").outcome == wn.check(light, "kv").outcome == "pass"
    if failing.signature.startswith("linearizability"):
        model = failing.plan_summary["model"]
        assert wn.check(failing.history, model).signature == wn.check(failing, model).signature == failing.signature


@pytest.mark.parametrize(
    "history, words",
    [(7, "int"), ([], "empty"), ({"a": 1}, "dict"), (["x"], "row 0"), ([{"function": "read"}], "operation 0"),
     ([op(0, "write", {1, 2}, 0, 1)], "set"), ("/no/such/file.jsonl", "/no/such/file.jsonl"), (__file__, "test_check.py:1")],
)
def test_what_is_no_history_is_refused(history, words):
    with pytest.raises(wn.BadInput, match=words):
        wn.check(history, "register")


def test_an_unknown_model_names_the_known_ones():
    with pytest.raises(wn.BadInput, match="cas-register"):
        wn.check(GOOD, "no-such-model")
    with pytest.raises(wn.BadInput):
        wn.check(GOOD, "register", "no-such-consistency")
    with pytest.raises(wn.BadInput, match="checker"):
        wn.check(GOOD, "register", checker="no-such-checker")
    assert "kv" in wn.list_models()
    assert "sequential" in wn.list_consistencies()


def test_tables_of_pandas_and_arrow_say_the_same():
    pyarrow = pytest.importorskip("pyarrow")
    for rows, outcome in ((GOOD, "pass"), (STALE, "fail")):
        assert wn.check(pd.DataFrame(rows), "register").outcome == outcome
        assert wn.check(pyarrow.Table.from_pylist(rows), "register").outcome == outcome


def test_a_stale_read_is_sequentially_consistent():
    verdict = wn.check(STALE, "register", "sequential")
    assert (verdict.outcome, verdict.consistency, verdict.model) == ("pass", "sequential", "register")
    assert len(verdict.explain().splitlines()) <= 2


def test_the_timing_diagram_shows_where_the_order_breaks():
    verdict = wn.check(STALE, "register")
    figure = verdict.plot()
    words = [text.get_text() for text in figure.axes[0].texts]
    assert any("get" in word or "read" in word for word in words)
    assert figure._repr_png_().startswith(b"\x89PNG")
    passed = wn.check(GOOD, "register").plot()
    assert "PASS" in passed.axes[0].texts[0].get_text()
    assert pickle.loads(pickle.dumps(verdict)) == verdict


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=30))
def test_a_history_without_overlap_passes_iff_reads_see_the_last_write(steps):
    """Against the simplest model there is: one process after the other."""
    now, honest, rows = None, True, []
    for position, (writes, value) in enumerate(steps):
        start = 10 * position
        if writes:
            now = value
            rows.append(op(0, "write", value, start, start + 5))
        else:
            honest = honest and value == now
            rows.append(op(1, "read", None, start, start + 5, result=value))
    assert wn.check(rows, "register").outcome == ("pass" if honest else "fail")
