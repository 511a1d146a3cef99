"""wn.connect against a daemon on loopback."""

import queue
import re
import socket
import subprocess
import time

import pytest
from conftest import ROOT

import worknode as wn

PROGRAM = ROOT / "build" / "release" / "worknode"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def serve(folder, kind, more=""):
    if not PROGRAM.exists():
        pytest.skip("build/release/worknode is not built: ci/build builds it")
    made = subprocess.run([PROGRAM, "node", "--new-identity", folder / "id.key"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip("build/release/worknode has no daemon: ci/build builds it")
    key = re.search(r"[0-9a-f]{64}", made.stdout)[0]
    port = free_port()
    (folder / "node.toml").write_text(
        f'[service]\nkind = "{kind}"\n[node]\nid = 1\nidentity = "{folder}/id.key"\ndata = "{folder}/data"\n'
        f'listen = "127.0.0.1:{port}"\n[clients]\nrule = "any"\n{more}')
    with open(folder / "log", "w") as log:
        daemon = subprocess.Popen([PROGRAM, "node", "--config", folder / "node.toml"], stdout=log, stderr=log)
    return daemon, f"quic://127.0.0.1:{port}/{key}"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    daemon, url = serve(tmp_path_factory.mktemp("realm"), "realm", "[realm]\nworknodes = 40\n[groups]\ncount = 1\nreplicas = 1\n")
    yield url
    daemon.terminate()
    daemon.wait(20)


@pytest.fixture
def client(url):
    with wn.connect(url, timeout=30, wait=30) as c:
        yield c


@pytest.mark.parametrize("mode", ["local", "eventual", "strong"])
def test_what_is_put_is_got(client, mode):
    client.put(7, 70 + len(mode), mode=mode)
    assert client.get(7, mode=mode) == 70 + len(mode)


def test_counters_sets_and_calls(client):
    before = client.get(9, "count") or 0
    client.add(9, 5)
    client.add(9, 6)
    assert client.get(9, "count") == before + 11
    client.include(9, 3)
    client.include(9, 1)
    client.exclude(9, 3)
    assert client.get(9, "tags") == [1]
    assert isinstance(client.call(0), int)
    assert 1 in client.query(0)


def test_cas_says_whether_it_was_there(client):
    client.put(5, 1, mode="strong")
    assert client.cas(5, 1, 2)
    assert not client.cas(5, 1, 3)
    assert client.get(5, mode="strong") == 2


def test_a_watch_tells_what_changes(client):
    client.put(11, 1)
    with client.watch(11, interval=0.01) as values:
        assert values.get(30) == 1
        client.put(11, 2)
        assert values.get(30) == 2
    client.put(11, 3)
    time.sleep(0.1)
    with pytest.raises(queue.Empty):
        values.get(0.05)


def test_refusals_are_typed(client):
    with pytest.raises(wn.Refused) as refused:
        client.put("00000000000000090000000000000009", 1)
    assert refused.value.code == "not-found" or "found" in refused.value.code
    with pytest.raises(wn.BadInput):
        client.get(1, "colour")
    with pytest.raises(wn.BadInput):
        client.get(1, mode="weak")
    with pytest.raises(wn.BadInput):
        wn.connect("http://nowhere")


def test_nobody_there(url):
    with pytest.raises(wn.Unreachable):
        wn.connect(f"quic://127.0.0.1:{free_port()}/{'ab' * 32}", wait=0.3)
    # Another key than the server's.
    with pytest.raises(wn.Unreachable, match="another key"):
        wn.connect(url[:-64] + "ab" * 32, wait=1)


def test_a_closed_client_says_so(url):
    client = wn.connect(url, wait=30)
    client.close()
    client.close()
    with pytest.raises(wn.Closed):
        client.get(1)


def test_the_key_value_service(tmp_path):
    daemon, url = serve(tmp_path, "kv")
    try:
        with wn.connect(url, timeout=30, wait=30) as client:
            assert client.kv_get("nobody") is None
            client.kv_put("k", b"\x00v")
            assert client.kv_get("k") == b"\x00v"
    finally:
        daemon.terminate()
        daemon.wait(20)
