"""The ledger's table is made of its files, goals can be missed, and bad files are refused."""

import importlib.util
import json

import pytest
from conftest import ROOT


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("ledger", ROOT / "reports" / "ledger.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "BENCH", tmp_path / "bench")
    monkeypatch.setattr(module, "TABLE", tmp_path / "figures.md")
    return module


def test_entries_are_appended_and_the_newest_is_shown(ledger):
    for commit, value in (("aaa", 10.0), ("bbb", 12_345.0)):
        e = ledger.entry("events", [value], "items/s", "sim_bench --x=a|b")
        ledger.append("sim_bench", [e | {"commit": commit}])
    assert len(json.loads((ledger.BENCH / "sim_bench.json").read_text())) == 2
    table = ledger.render()
    assert "12,345" in table and "| 10 |" not in table and "a\\|b" in table


def test_a_figure_measured_again_at_the_same_commit_replaces_its_entry(ledger):
    for value in (1.0, 2.0):
        ledger.append("figures", [ledger.entry("events", [value], "items/s", "sim_bench")])
    assert [e["value"] for e in ledger.load(ledger.BENCH / "figures.json")] == [2.0]


def test_the_median_and_the_spread_are_kept(ledger):
    e = ledger.entry("events", [3.0, 1.0, 9.0], "items/s", "sim_bench")
    assert (e["value"], e["low"], e["high"], e["n"]) == (3.0, 1.0, 9.0, 3)


def test_a_goal_that_is_missed_is_shown_as_missed(ledger):
    slow = ledger.entry("events", [10.0], "items/s", "sim_bench", goal=">= 1000")
    small = ledger.entry("memory", [10.0], "MiB", "sim_bench", goal="<= 64")
    assert not ledger.met(slow) and ledger.met(small)
    ledger.append("figures", [slow, small])
    table = ledger.render()
    assert "≥ 1,000: **missed**" in table and "≤ 64: met" in table


def test_samples_of_repetitions_without_aggregates(ledger):
    runs = [{"name": "b", "run_name": "b", "run_type": "iteration", "real_time": t, "cpu_time": t, "time_unit": "ns",
             "items_per_second": 100 * t} for t in (3.0, 1.0, 2.0)]
    aggregate = {"name": "b_mean", "run_name": "b", "run_type": "aggregate", "items_per_second": 1e9}
    assert ledger.samples({"benchmarks": [*runs, aggregate]}) == [("b", "items/s", [300.0, 100.0, 200.0])]


def test_a_file_that_is_not_a_ledger_is_refused(ledger):
    ledger.BENCH.mkdir()
    (ledger.BENCH / "x.json").write_text('[{"name": "a", "value": "fast"}]')
    with pytest.raises(SystemExit, match="value"):
        ledger.render()


def test_the_figures_in_the_tree_are_what_its_files_give():
    spec = importlib.util.spec_from_file_location("ledger", ROOT / "reports" / "ledger.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TABLE.read_text("utf-8") == module.render()
