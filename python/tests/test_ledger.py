"""The ledger's table is made of its files, and bad files are refused."""

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
    monkeypatch.setattr(module, "TABLE", tmp_path / "ledger.md")
    return module


def test_entries_are_appended_and_the_newest_is_shown(ledger):
    for value in (10.0, 12_345.0):
        ledger.append("sim_bench", [ledger.entry("events", value, "items/s", 5, "sim_bench --x=a|b", "")])
    assert len(json.loads((ledger.BENCH / "sim_bench.json").read_text())) == 2
    table = ledger.render()
    assert "12,345" in table and "| 10 |" not in table and "a\\|b" in table


def test_medians_over_repetitions(ledger):
    runs = [{"name": "b", "run_name": "b", "run_type": "iteration", "real_time": t, "cpu_time": t, "time_unit": "ns",
             "items_per_second": 100 * t} for t in (3.0, 1.0, 2.0)]
    aggregate = {"name": "b_mean", "run_name": "b", "run_type": "aggregate", "items_per_second": 1e9}
    assert ledger.medians({"benchmarks": [*runs, aggregate]}) == [("b", 200.0, "items/s", 3)]


def test_a_file_that_is_not_a_ledger_is_refused(ledger):
    ledger.BENCH.mkdir()
    (ledger.BENCH / "x.json").write_text('[{"name": "a", "value": "fast"}]')
    with pytest.raises(SystemExit, match="value"):
        ledger.render()
