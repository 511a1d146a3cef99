"""Self-contained headers: each compiles alone, with the flags of the release build. Where a source of the build begins with the
header, that build is the proof."""

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


def opens_its_source(header: str, built: set[str]) -> bool:
    source = ROOT / (header.removesuffix(".h") + ".cpp")
    if str(source) not in built:
        return False
    first = next((line for line in source.read_text().splitlines() if line.startswith("#")), "")
    return first == f'#include "{header}"'


def main() -> None:
    options = flags()
    built = {entry["file"] for entry in json.loads((BUILD / "compile_commands.json").read_text())}
    headers = [str(p) for p in tracked(".h") if not str(p).startswith(("ci/", "python/bindings/"))]
    rest = [h for h in headers if not opens_its_source(h, built)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda h: compile_alone(h, options), rest))
    finish("self-contained headers", [r for r in results if r], len(headers))


if __name__ == "__main__":
    main()
