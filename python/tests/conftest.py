import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).resolve().parents[2]

# A planted bug that the stock swarm finds within a few seeds.
BUGGY = "raft-read-without-quorum"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def catalog():
    return ROOT / "scenarios" / "catalog"


@pytest.fixture(scope="session")
def light(catalog):
    import worknode as wn

    return wn.run(catalog / "fast" / "raft-light.toml", seed=7, duration="20s", freeze="5s")


@pytest.fixture(scope="session")
def failing(catalog):
    """The first failing seed of a planted bug."""
    import worknode as wn

    sweep = wn.sweep(catalog / "negative" / f"{BUGGY}.toml", range(200), progress=False)
    assert sweep.failed_seeds, "the planted bug was not found within 200 seeds"
    return sweep.failures[0]
