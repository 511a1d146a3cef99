"""The manifests of ci/sweeps: their own commands run here, with the variables that each engine would set."""

import json
import os
import subprocess

import pytest

from conftest import ROOT
from worknode._catalog import Source

FOLDER = ROOT / "ci" / "sweeps"
PROGRAM = ROOT / "build" / "release" / "worknode"
SHARDS, SEEDS = 2, 6
pytestmark = pytest.mark.skipif(not PROGRAM.is_file(), reason="build/release/worknode is not built: no manifest was run")


@pytest.fixture(scope="module")
def documents():
    yaml = pytest.importorskip("yaml", reason="no PyYAML here: the manifests were not parsed")
    return {p.name: list(yaml.safe_load_all(p.read_text("utf-8"))) for p in FOLDER.glob("*.y*ml")}


def run(command, folder, **variables):
    env = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "SEEDS": str(SEEDS), "SHARDS": str(SHARDS),
           "SCENARIOS": "light.toml", **variables}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    light = Source(ROOT / "scenarios" / "catalog" / "fast" / "raft-light.toml", {"duration": "6s", "freeze": "2s"})
    (tmp_path / "light.toml").write_text(light.text, "utf-8")
    return tmp_path


def sums(totals):
    return {k: totals[k] for k in ("seeds", "passed", "events", "operations_ok", "sometimes")}


def assert_whole(folder, totals):
    """The merged totals are those of one sweep on one machine."""
    ran = run([PROGRAM, "chaos", "light.toml", "--seeds", str(SEEDS), "--no-folders", "--json", "-"], folder)
    assert sums(json.loads(totals.read_text())) == sums(json.loads(ran.stdout))


def test_slurm(folder):
    for script in ("slurm.sbatch", "slurm-merge.sbatch"):
        assert subprocess.run(["bash", "-n", FOLDER / script]).returncode == 0
    for task in (7, 8):  # an array need not begin at 1
        ran = run([FOLDER / "slurm.sbatch", "light.toml", "--seeds", str(SEEDS)], folder, SLURM_ARRAY_TASK_ID=str(task),
                  SLURM_ARRAY_TASK_MIN="7", SLURM_ARRAY_TASK_COUNT="2", SLURM_CPUS_PER_TASK="1")
        assert ran.returncode == 0, ran.stderr
    assert run([FOLDER / "slurm-merge.sbatch"], folder).returncode == 0
    assert_whole(folder, folder / "sweep-results" / "totals.json")
    (folder / "sweep-results" / "shard-2.jsonl").unlink()
    short = run([FOLDER / "slurm-merge.sbatch"], folder)
    assert short.returncode == 6 and "only 1 of 2 shards" in short.stderr
    failed = run([FOLDER / "slurm.sbatch", "no-such.toml"], folder, SLURM_ARRAY_TASK_ID="1", SLURM_ARRAY_TASK_COUNT="1")
    assert failed.returncode == 1


def test_kubernetes(documents, folder):
    jobs = {d["metadata"]["name"]: d["spec"] for d in documents["kubernetes.yaml"] if d["kind"] == "Job"}
    sweep, merge = jobs["worknode-sweep"], jobs["worknode-merge"]
    containers = [j["template"]["spec"]["containers"][0] for j in (sweep, merge)]
    assert sweep["completionMode"] == "Indexed"
    assert {str(sweep["completions"])} == {e["value"] for c in containers for e in c["env"] if e["name"] == "SHARDS"}
    for index in range(SHARDS):
        ran = run(containers[0]["command"], folder, JOB_COMPLETION_INDEX=str(index), RESULTS=".")
        assert ran.returncode == 0, ran.stderr
    assert run(containers[1]["command"], folder, RESULTS=".").returncode == 0
    assert_whole(folder, folder / "totals.json")


def test_ci_matrices(documents, folder):
    github = documents["github-actions.yml"][0]["jobs"]
    gitlab = documents["gitlab-ci.yml"][0]
    step = {s["name"]: s["run"] for job in github.values() for s in job["steps"] if "name" in s}
    for name, (shard, merge) in {"github": (step["sweep"], step["merge"]),
                                 "gitlab": (gitlab["sweep"]["script"][0], gitlab["merge"]["script"][0])}.items():
        for index in range(1, SHARDS + 1):
            ran = run(["bash", "-ec", shard], folder, SHARD=str(index), CI_NODE_INDEX=str(index), CI_NODE_TOTAL=str(SHARDS))
            assert ran.returncode == 0, (name, ran.stderr)
        assert run(["bash", "-ec", merge], folder).returncode == 0
        assert_whole(folder, folder / "totals.json")
        for file in folder.glob("*.json*"):
            file.unlink()
