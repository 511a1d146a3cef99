"""The live view of `worknode chaos` on a terminal of its own."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios

import pytest

from conftest import ROOT

PROGRAM = ROOT / "build" / "release" / "worknode"
pytestmark = pytest.mark.skipif(not PROGRAM.is_file(), reason="build/release/worknode is not built: no live view was drawn")
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"
SWEEP = [PROGRAM, "chaos", "scenarios/catalog/fast/raft-light.toml", "--jobs", "1", "--no-folders", "--seeds"]


def on_a_terminal(command, interrupt_on=b""):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", LANG="C.UTF-8")
        for name in ("CI", "GITHUB_ACTIONS"):
            os.environ.pop(name, None)
        os.execv(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    said = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how a terminal says that nobody writes to it any more
            break
        if not part:
            break
        if interrupt_on and interrupt_on in said + part and interrupt_on not in said:
            os.write(terminal, b"\x03")
        said += part
    return os.waitpid(pid, 0)[1], said


def test_the_view_goes_and_the_cursor_comes_back():
    status, said = on_a_terminal([*map(str, SWEEP), "12"])
    assert os.waitstatus_to_exitcode(status) == 0
    assert said.count(HIDE) == said.count(SHOW) == 1
    end = said.rindex(SHOW)
    assert said[:end].endswith(b"\x1b[J") and b"12 seeds: 12 passed" in said[end:]


def test_ctrl_c_gives_the_terminal_back():
    status, said = on_a_terminal([*map(str, SWEEP), "100000"], interrupt_on=b"/100000 seeds")
    assert os.waitstatus_to_exitcode(status) == -signal.SIGINT
    assert said.count(SHOW) == 1 and said.rstrip().endswith(SHOW)


def test_what_is_no_terminal_gets_no_escapes():
    ran = subprocess.run([*map(str, SWEEP), "3"], capture_output=True)
    assert ran.returncode == 0 and b"\x1b" not in ran.stdout + ran.stderr
