"""Lint: banned constructs (with the replacement named), banned words, sizes, left-over marks."""

from __future__ import annotations

import re
import tomllib

from common import ROOT, finish, tracked

LINE_MAX = 120
FILE_MAX = 400
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
# Absolute paths of somebody's machine, and addresses of services: the project speaks of the project alone.
MACHINE = re.compile(r"(?<![\w.])/(home|root|work|Users|mnt)/[\w.-]+|\b(deb|pypi|files|registry|repo1?|proxy)\.[a-z]+[\w-]*\.(org|io|com)\b")
STRINGS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')


def code_of(text: str) -> list[str]:
    """The lines with comments and literals blanked, so that a word in prose is not a finding."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    lines = []
    for line in text.split("\n"):
        if re.match(r"\s*#\s*include", line):
            lines.append(line)
            continue
        line = STRINGS.sub('""', line)
        lines.append(line.split("//", 1)[0])
    return lines


def sizes(table: dict) -> tuple[list[str], int]:
    """Files over FILE_MAX lines must be excused in ci/tidy.toml, and an excuse no longer needed is a finding."""
    excused: dict[str, str] = table.get("long_files", {})
    findings = []
    seen = set()
    files = tracked(".h", ".cpp", ".py", ".proto")
    for path in files:
        count = (ROOT / path).read_text().count("\n")
        if count > FILE_MAX:
            seen.add(str(path))
            if str(path) not in excused:
                findings.append(f"{path}: {count} lines; split it by concern (limit {FILE_MAX}) or excuse it in ci/tidy.toml")
    for name in excused:
        if name not in seen:
            findings.append(f"ci/tidy.toml: {name} needs its excuse no longer; take it out")
    return findings, len(files)


def main() -> None:
    bans = tomllib.loads((ROOT / "ci/banned.toml").read_text())["ban"]
    for ban in bans:
        ban["re"] = re.compile(ban["pattern"])
    findings, checked = sizes(tomllib.loads((ROOT / "ci/tidy.toml").read_text()))
    for path in tracked(".h", ".cpp"):
        name = str(path)
        text = (ROOT / path).read_text()
        test = name.endswith(("_test.cpp", "_bench.cpp")) or "/testing/" in name
        if name.endswith(".h") and not re.search(r"^#pragma once$", text, re.M):
            findings.append(f"{name}: a header begins with #pragma once")
        for number, line in enumerate(code_of(text), 1):
            for ban in bans:
                if test or not any(name.startswith(p) for p in ban["in"]) or name in ban["not_in"]:
                    continue
                if ban["re"].search(line):
                    findings.append(f"{name}:{number}: {ban['re'].search(line).group(0)}: {ban['why']}")
    for path in tracked(".h", ".cpp", ".py", ".md", ".toml", ".proto", ".cmake", ".txt", ".json", ".ipynb") + tracked("ci/"):
        name = str(path)
        for number, line in enumerate((ROOT / path).read_text(errors="replace").split("\n"), 1):
            if MARKS.search(line):
                findings.append(f"{name}:{number}: left-over mark: {MARKS.search(line).group(0)}")
            if MACHINE.search(line):
                findings.append(f"{name}:{number}: a machine's path or a host: {MACHINE.search(line).group(0)}")
            if len(line) > LINE_MAX and name.endswith((".h", ".cpp")) and "R\"" not in line and "http" not in line:
                findings.append(f"{name}:{number}: {len(line)} columns (limit {LINE_MAX})")
    finish("tidy", findings, checked)


if __name__ == "__main__":
    main()
