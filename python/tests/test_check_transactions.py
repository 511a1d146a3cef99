"""wn.check on transactions: cycles, pictures, and Elle."""

import os

import pytest

import worknode as wn


def txn(process, start, end, asked, seen=None, outcome="ok"):
    return {"process": process, "function": "txn", "value": asked, "result": seen, "outcome": outcome, "invoked": start,
            "completed": end}


# Two transactions, each of which reads the other's append.
G1C = [txn(0, 0, 3, [["append", 1, 5], ["r", 2, None]], [["append", 1, 5], ["r", 2, [6]]]),
       txn(1, 1, 2, [["append", 2, 6], ["r", 1, None]], [["append", 2, 6], ["r", 1, [5]]])]
SERIAL = [txn(0, 0, 1, [["append", 1, 5]], [["append", 1, 5]]), txn(1, 2, 3, [["r", 1, None]], [["r", 1, [5]]])]


def test_a_cycle_is_told_and_drawn():
    assert wn.check(SERIAL, "list-append", "serializable").outcome == "pass"
    verdict = wn.check(G1C, "list-append", "serializable")
    assert verdict.outcome == "fail"
    cycle = next(a for a in verdict.anomalies if a.type == "G1c")
    assert {link.source for link in cycle.links} == {link.target for link in cycle.links} == {0, 1}
    assert {link.kind for link in cycle.links} == {"wr"}
    assert "G1c" in verdict.explain()
    figure = verdict.plot()
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "wr" in words and "T0" in words and "T1" in words
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert "read-committed" in verdict.ruled_out


def test_without_elle_there_is_no_verdict(tmp_path):
    with pytest.raises(wn.NoElle, match="no file"):
        wn.check(G1C, "list-append", checker="elle", elle_jar=tmp_path / "none.jar")
    with pytest.raises(wn.BadInput, match="Elle judges"):
        wn.check(G1C, "kv", checker="elle", elle_jar=tmp_path / "none.jar")


@pytest.mark.skipif("WORKNODE_ELLE_JAR" not in os.environ, reason="WORKNODE_ELLE_JAR is not set: Elle was not asked")
def test_elle_agrees():
    for rows, outcome in ((G1C, "fail"), (SERIAL, "pass"), (G1C, "fail")):
        verdict = wn.check(rows, "list-append", "serializable", checker="elle")
        assert (verdict.outcome, verdict.checker) == (outcome, "elle")
        assert [a.type for a in verdict.anomalies] == (["G1c"] if outcome == "fail" else [])
