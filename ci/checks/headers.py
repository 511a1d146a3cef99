"""Self-contained headers: each compiles alone, with the flags of the release build."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

from common import ROOT, finish, tracked

BUILD = ROOT / "build/release"


def flags() -> list[str]:
    """Include paths and definitions that any translation unit of the build uses."""
    found: list[str] = []
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        for at, word in enumerate(words):
            if word == "-isystem" and words[at + 1] not in found:
                found += ["-isystem", words[at + 1]]
            elif word.startswith("-I") and word not in found:
                found.append(word)
    return found


def compile_alone(header: str, options: list[str]) -> str | None:
    command = [os.environ.get("CXX", "g++"), "-std=c++23", "-Wall", "-Wextra", "-fsyntax-only", "-x", "c++", "-"]
    done = subprocess.run(command + options, input=f'#include "{header}"\n', cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return f"{header}: does not compile alone:\n" + "\n".join(done.stderr.splitlines()[:6])


def main() -> None:
    options = flags()
    headers = [str(p) for p in tracked(".h") if not str(p).startswith(("ci/", "python/bindings/"))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda h: compile_alone(h, options), headers))
    finish("self-contained headers", [r for r in results if r], len(headers))


if __name__ == "__main__":
    main()
