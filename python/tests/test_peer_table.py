"""The peers' table: medians, ratios and verdicts are right, what is missing is told, and bad tables are refused."""

import importlib.util
import sys

import pytest
from conftest import ROOT


@pytest.fixture
def table(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "reports"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("peer_table", ROOT / "reports" / "peer_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figure(better="less", goal="", **factors):
    return {"key": "f", "name": "a figure", "unit": "ns", "better": better, "goal": goal, "ours": {"name": "ours"},
            "peers": [{"name": name, **({} if factor is None else {"factor": factor})} for name, factor in factors.items()]}


def session(samples, missing=None):
    return {"date": "2026-01-01", "commit": "abc", "machine": "2 x CPU", "rounds": 2, "disturbed": 0, "versions": {"Go": "1.26"},
            "samples": {"f": samples}, "missing": {"f": missing or {}},
            "commands": {"f": {name: f"run {name}" for name in samples}}}


def test_a_ratio_says_how_many_times_better_ours_is(table):
    assert table.ratio(figure("less"), [2.0, 1.0, 9.0], [8.0]) == 4.0
    assert table.ratio(figure("more"), [2.0, 1.0, 9.0], [8.0]) == 0.25


@pytest.mark.parametrize("ours, peer, says", [
    (10.0, 80.0, "met"), (10.0, 79.0, "missed"), (11.0, 800.0, "missed")])
def test_a_verdict_needs_the_goal_and_each_factor(table, ours, peer, says):
    assert table.verdict(figure(goal="<= 10", threads=8), {"ours": [ours], "threads": [peer]}) == says


def test_a_peer_without_a_factor_does_not_decide(table):
    assert table.verdict(figure(go=None), {"ours": [10.0], "go": [1.0]}) == "shown"
    assert table.verdict(figure(goal=">= 5", better="more", go=None), {"ours": [10.0], "go": [11.0]}) == "met"


def test_what_was_not_measured_is_never_met(table):
    f = figure(goal="<= 10", caf=1)
    assert table.verdict(f, {"caf": [1.0]}) == "not measured"
    assert table.verdict(f, {"ours": [5.0]}) == "open"
    assert table.verdict(f, {"ours": [50.0]}) == "missed"
    page = table.render(session({"ours": [5.0]}, {"caf": "no package"}), [f], {})
    assert "caf: not measured (no package)" in page and "| open |" in page


def test_the_page_has_medians_spreads_ratios_and_notes(table):
    f = figure(goal="<= 10", caf=1)
    page = table.render(session({"ours": [5.0, 4.0, 9.0], "caf": [40.0, 2.0, 60.0]}), [f], {"f": "because"})
    assert "| 5 (4 … 9) | caf: 40 (2 … 60), **8 ×** | met |" in page
    assert "≤ 10 ns, ahead of caf" in page and "- **a figure**: because" in page and "`run caf`" in page and "Go 1.26" in page
    slow = table.render(session({"ours": [50.0], "caf": [40.0]}), [f], {})
    assert "**missed**" in slow and "**0.8 ×**" in slow


def test_samples_of_a_benchmark_in_nanoseconds_rates_inverted(table):
    def run(value, kind="iteration"):
        return {"name": "b/3/manual_time", "run_name": "b/3/manual_time", "run_type": kind, "real_time": value, "time_unit": "us",
                "items_per_second": 1e6 * value}

    report = {"benchmarks": [run(2.0), run(3.0), run(99.0, "aggregate")]}
    assert table.from_report(report, {"benchmark": "b/3", "scale": 1}) == [2000.0, 3000.0]
    rates = {"benchmark": "b/3", "field": "items_per_second", "per": 1e9, "scale": 2}
    assert table.from_report(report, rates) == [1000.0, pytest.approx(2000 / 3)]
    with pytest.raises(LookupError, match="b/4"):
        table.from_report(report, {"benchmark": "b/4", "scale": 1})
    with pytest.raises(LookupError, match="no field"):
        table.from_report(report, {"benchmark": "b/3", "field": "x", "scale": 1})


def test_the_session_becomes_entries_of_the_ledger(table):
    made = table.entries(session({"ours": [5.0, 7.0], "caf": [40.0]}), [figure(goal="<= 10", caf=1)])
    assert [(e["name"], e["value"], e["n"], e["goal"]) for e in made] == [
        ("a figure: ours", 6.0, 2, "<= 10"), ("a figure: caf", 40.0, 1, "")]


def test_the_kept_figures_and_notes_make_sense(table):
    figures = table.load_figures(ROOT / "reports/peers/figures.toml")
    table.load_notes(ROOT / "reports/peers-notes.toml", figures)
    assert len(figures) > 20


@pytest.mark.parametrize("change, complaint", [
    (('better = "less"', 'better = "fast"'), "better"), (('goal = "<= 10"', 'goal = "10"'), "goal"),
    (('unit = "ns"', 'unit = "ns"\nuint = "ns"'), "uint"), (('bench = "b"', 'bench = "b", program = "p"'), "either")])
def test_a_wrong_figure_is_refused(table, tmp_path, change, complaint):
    text = '[[figure]]\nkey = "k"\nname = "n"\nunit = "ns"\nbetter = "less"\ngoal = "<= 10"\nours = { bench = "b", benchmark = "x" }\n'
    path = tmp_path / "figures.toml"
    path.write_text(text)
    assert table.load_figures(path)[0]["peers"] == []
    path.write_text(text.replace(*change))
    with pytest.raises(table.Invalid, match=complaint):
        table.load_figures(path)


def test_a_note_to_no_figure_is_refused(table, tmp_path):
    (tmp_path / "notes.toml").write_text('[notes]\nnothing = "x"\n')
    with pytest.raises(table.Invalid, match="nothing"):
        table.load_notes(tmp_path / "notes.toml", [figure()])
