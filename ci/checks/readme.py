"""Runs what the README promises: each ```sh block is executed line by line unless its opening says `no-run`.

The two commands of the first screen (ci/demo, ci/test) are what CI itself is made of and are not run again here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from common import ROOT

ALREADY_RUN = {"./ci/demo", "./ci/test", "./ci/check", "./ci/build"}


def main() -> None:
    text = (ROOT / "README.md").read_text()
    ran = 0
    environment = os.environ | {"PATH": f"{ROOT}/build/release:{ROOT}/build/venv/bin:" + os.environ["PATH"]}
    for options, block in re.findall(r"^```sh *([^\n]*)\n(.*?)^```", text, re.M | re.S):
        if "no-run" in options:
            continue
        for line in block.splitlines():
            command, _, comment = line.partition("  #")
            command = command.strip().removeprefix("$ ")
            if not command or command in ALREADY_RUN or command.startswith("git clone") or command.startswith("cd "):
                continue
            expected = int(m.group(1)) if (m := re.search(r"exit (\d)", comment)) else 0
            done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True)
            ran += 1
            if done.returncode != expected:
                print(done.stdout[-2000:], done.stderr[-2000:])
                sys.exit(f"README: `{command}` exited {done.returncode}, not {expected}")
            print(f"ok: {command}")
    if ran == 0:
        sys.exit("README: no command was run")


if __name__ == "__main__":
    main()
