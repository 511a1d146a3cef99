"""Shrinking keeps the reason and loses the rest."""

import pytest

import worknode as wn


def test_a_failure_shrinks_to_the_same_failure(failing):
    small = wn.shrink(failing, time_limit=15)
    assert small.verdict == "fail" and small.signature == failing.signature
    before, after = failing.plan_summary, small.plan_summary
    assert after["operations"] < before["operations"]
    assert after["faults"] <= before["faults"] and len(after["nodes"]) <= len(before["nodes"])
    assert str(before["operations"]) in small.shrunk_from.replace(",", "")
    assert small.signature in small.explain()


def test_a_passing_run_has_nothing_to_shrink(light):
    if light.verdict != "pass":
        pytest.skip("seed 7 of raft-light does not pass")
    with pytest.raises(wn.BadInput, match="does not fail"):
        wn.shrink(light)
    with pytest.raises(wn.BadInput, match="time_limit"):
        wn.shrink(light, time_limit=0)
