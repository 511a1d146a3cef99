"""Sweeps give the same results whoever runs them."""

import numpy as np
import pandas as pd
import pytest

import worknode as wn
from test_run import drawn

SHORT = {"duration": "8s", "freeze": "3s"}


@pytest.fixture(scope="module")
def swept(catalog):
    return wn.sweep(catalog / "fast" / "raft-light.toml", range(12), progress=False, **SHORT)


def test_the_results_are_a_typed_table(swept):
    results = swept.results
    assert len(results) == len(swept) == 12
    assert results["seed"].dtype == np.uint64
    assert list(results["outcome"].cat.categories) == ["pass", "fail", "unknown"]
    assert results["events"].dtype == np.int64 and (results["events"] > 0).all()
    assert results["latency_p50_ns"].dtype == "Int64"
    assert results["digest"].is_unique


def test_a_seed_of_a_sweep_is_a_run(swept):
    run = swept.run(5)
    assert run.digest == swept.results.set_index("seed")["digest"][5]
    assert len(run.history) > 0
    with pytest.raises(wn.BadInput):
        swept.run(99)


def test_the_figures_have_something_in_them(swept, failing, catalog):
    bad = wn.sweep(catalog / "negative" / f"{failing.scenario}.toml", [failing.seed, failing.seed + 1], progress=False)
    assert bad.failed_seeds[0] == failing.seed
    assert list(bad.signatures.index)[0]
    for sweep in (swept, bad):
        for figure in (sweep.plot_outcomes(), sweep.plot_latency(), sweep.plot_detection(), sweep.plot_sometimes()):
            assert drawn(figure) > 1000
    assert bad.signatures.index[0] in bad.explain()


def test_the_bar_is_shown_and_can_be_silenced(catalog, capsys):
    wn.sweep(catalog / "fast" / "raft-light.toml", 2, duration="6s", freeze="3s")
    assert "2/2" in capsys.readouterr().err
    wn.sweep(catalog / "fast" / "raft-light.toml", 2, progress=False, duration="6s", freeze="3s")
    assert capsys.readouterr().err == ""


def test_an_executor_that_is_none_is_refused_before_anything_runs(catalog):
    with pytest.raises(TypeError, match="executor: expected"):
        wn.sweep(catalog / "fast" / "raft-light.toml", [1], executor=5, progress=False)
