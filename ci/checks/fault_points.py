"""Fault points: the list of them and the sites in the code agree; built with WN_FAULT_POINTS=OFF a site is nothing: the object holds
no name, and its code is what it is with the word `false` in the place of the site."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from common import ROOT, finish, tracked

SITE = re.compile(r'WN_FAULT_POINT\(\s*[^,()]*,\s*"([^"]+)"\)')
LISTED = re.compile(r'^\s*point\("([^"]+)"', re.MULTILINE)
# One source with sites of several shapes, compiled three times.
SAMPLE = "runtime/raft/replication.cpp"
FLAGS = ["-std=c++23", "-O2", "-g0", "-I.", "-c"]


def sites() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tracked(".cpp", ".h"):
        if str(path).startswith("runtime/") and path.name != "fault_point.h":
            for name in SITE.findall((ROOT / path).read_text()):
                found.setdefault(name, []).append(str(path))
    return found


def compiled(source: Path, out: Path, *options: str) -> bytes:
    compiler = os.environ.get("CXX", "g++")
    subprocess.run([compiler, *FLAGS, *options, "-x", "c++", "-o", str(out), str(source)], cwd=ROOT, check=True)
    return out.read_bytes()


def code_of(objects: Path) -> str:
    listing = subprocess.run(["objdump", "-d", "-r", "--no-show-raw-insn", str(objects)], capture_output=True, text=True, check=True).stdout
    return listing.split("\n", 3)[3]  # without the file's name


def main() -> None:
    findings = []
    found = sites()
    listed = set(LISTED.findall((ROOT / "faults/plan/fault_points.cpp").read_text()))
    findings += [f"{found[name][0]}: {name} is not in faults/plan/fault_points.cpp" for name in sorted(found.keys() - listed)]
    findings += [f"faults/plan/fault_points.cpp: {name} stands nowhere in runtime/" for name in sorted(listed - found.keys())]
    findings += [f"{name} stands in {len(places)} places: {', '.join(places)}" for name, places in found.items() if len(places) > 1]
    names = [name.encode() for name, places in found.items() if SAMPLE in places]
    with tempfile.TemporaryDirectory() as folder:
        on, off, cut = (Path(folder) / name for name in ("on.o", "off.o", "cut.o"))
        if not all(name in compiled(ROOT / SAMPLE, on) for name in names):
            findings.append(f"{SAMPLE}: built with fault points it does not hold their names: this check sees nothing")
        without = Path(folder) / "cut.cpp"
        # Line numbers are part of a failed check's text: the word takes no line away.
        without.write_text(SITE.sub(lambda site: "false" + "\n" * site.group(0).count("\n"), (ROOT / SAMPLE).read_text()))
        for name in names:
            if name in compiled(ROOT / SAMPLE, off, "-DWN_NO_FAULT_POINTS"):
                findings.append(f"{SAMPLE}: built without fault points it still holds {name.decode()}")
        compiled(without, cut)
        if code_of(off) != code_of(cut):
            findings.append(f"{SAMPLE}: built without fault points its code differs from one that has none")
    finish("fault points", findings, len(found))


if __name__ == "__main__":
    main()
