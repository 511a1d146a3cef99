"""How far replicas were apart: tables and the picture."""

import numpy as np
import pytest

import worknode as wn


@pytest.fixture(scope="module")
def realm(catalog):
    """The first of a few seeds in which the network was divided."""
    for seed in range(1, 20):
        run = wn.run(catalog / "fast" / "worknode-mixed.toml", seed=seed)
        if run.partitions.groupby("begin_s")["partition"].nunique().max() > 1:
            return run
    pytest.fail("no seed divided the network")


def test_replicas_fall_behind_and_are_equal_at_the_end(realm):
    table = realm.divergence
    assert list(table.columns) == ["time_s", "node", "partition", "behind"]
    assert (table["behind"] >= 0).all() and table["behind"].max() > 0
    assert set(table["node"]) == {1, 2, 3}
    last = table[table["time_s"] == table["time_s"].max()]
    assert (last["behind"] == 0).all()
    applied = realm.events("realm_update").groupby("node").size()
    assert applied.min() > 0


def test_partitions_cover_the_run_and_follow_the_plan(realm):
    parts = realm.partitions
    assert parts["begin_s"].min() == 0 and np.isclose(parts["end_s"].max(), realm.stats["simulated_s"])
    cut = realm.faults[realm.faults["kind"] == "partition"].iloc[0]
    during = parts[(parts["begin_s"] <= cut["time_ns"] / 1e9 + 1e-9) & (parts["end_s"] > cut["time_ns"] / 1e9 + 1e-9)]
    assert len(during) == 3
    assert (parts["partition"] <= parts["node"]).all()


def test_nodes_say_with_whom_they_are_in_sync(realm):
    table = realm.in_sync
    assert len(table) == 6
    assert table["since_s"].notna().all() and (table["since_s"] <= realm.stats["simulated_s"]).all()


def test_the_picture_shows_every_replica(realm):
    figure = realm.plot_convergence()
    assert len(figure.axes) == 2
    assert len(figure.axes[0].lines) >= 3
    figure.savefig("/dev/null", format="png")


def test_a_run_without_a_realm_says_so(light):
    with pytest.raises(wn.BadInput, match="no realm"):
        light.divergence
    with pytest.raises(wn.BadInput, match="no realm"):
        light.plot_convergence()
