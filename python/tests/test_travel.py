"""Time travel and exports from Python."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import worknode as wn

PROGRAM = Path(__file__).parents[2] / "build" / "release" / "worknode"
SCENARIO = {
    "duration": "3s", "freeze": "2s", "topology": {"servers": 3, "clients": 2},
    "workload": [{"kind": "kv", "rate": 20, "keys": 2}],
}


@pytest.fixture(scope="module")
def run():
    return wn.run(SCENARIO, seed=4)


def test_a_node_is_seen_as_it_stood(run):
    moment = run.at("1.5s")
    assert moment.time_s == 1.5
    leaders = [n for n in (1, 2, 3) if moment.node(n).raft.role == "leader"]
    assert len(leaders) == 1
    node = moment.node(leaders[0])
    assert node.up and node.raft.term >= 1 and node.state["raft"]["term"] == node.raft.term
    assert {"index", "term", "kind"} <= set(node.log.columns)
    assert node.clock.monotonic > 0
    assert isinstance(node.queue, pd.DataFrame)
    assert "leader" in repr(moment) and "raft" in repr(node)
    with pytest.raises(AttributeError, match="nothing named soul"):
        node.soul
    with pytest.raises(wn.TravelError, match="no node 99"):
        moment.node(99)


def test_moving_gives_other_moments_and_back_is_back(run):
    first = run.at(event=300)
    on = first.step(5)
    assert (on.event, first.event) == (305, 300)
    assert on.back(5).node(1).state == first.node(1).state
    done = run.at("0s").until("op_completed.outcome == ok")
    assert done.rewind("op_invoked").event < done.event
    assert len(done.recent) > 0 and len(done.nodes) == 5
    with pytest.raises(wn.BadInput, match="no kind of event"):
        first.until("nonsense")
    with pytest.raises(wn.BadInput, match="expected a time"):
        run.at("yesterday")


def test_exports_are_whole(run, tmp_path):
    history = pd.read_parquet(run.export(tmp_path / "history.parquet"))
    assert len(history) == len(run.history)
    lines = run.export(tmp_path / "history.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["type"] == "invoke"
    assert run.export(tmp_path / "history.edn").read_text().startswith("{")
    assert run.export(tmp_path / "run.perfetto-trace").stat().st_size > 10_000
    with pytest.raises(wn.BadInput, match="expected an ending"):
        run.export(tmp_path / "run.doc")


@pytest.mark.skipif(not PROGRAM.is_file(), reason="build/release/worknode is not built: its export was not tried")
def test_the_program_writes_parquet_by_this_package(run, tmp_path):
    plan = tmp_path / "plan.txtpb"
    plan.write_text(run.plan)
    command = [PROGRAM, "export", plan, "--to", "parquet"]
    told = subprocess.run(command, env={**os.environ, "WORKNODE_PYTHON": sys.executable}, capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, f"{tmp_path}/history.parquet\n")
    assert len(pd.read_parquet(tmp_path / "history.parquet")) == len(run.history)
    told = subprocess.run(command, env={**os.environ, "WORKNODE_PYTHON": "/nowhere/python"}, capture_output=True, text=True)
    assert told.returncode == 2
    assert "Parquet needs Python" in told.stderr and told.stderr.count("\n") == 1
