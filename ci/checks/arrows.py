"""The arrows: every #include between rooms is one that ci/layers.toml allows, and no room is left out of it."""

from __future__ import annotations

import re
import tomllib

from common import ROOT, finish, tracked

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def room_of(path: str, rooms: list[str]) -> str | None:
    """The longest declared room that holds the path."""
    return max((r for r in rooms if path.startswith(r + "/")), key=len, default=None)


def is_test(name: str) -> bool:
    return name.endswith(("_test.cpp", "_bench.cpp", "_fuzz.cpp")) or "/testing/" in name


def main() -> None:
    table = tomllib.loads((ROOT / "ci/layers.toml").read_text())
    layers: dict[str, list[str]] = table["layers"]
    tests_may: dict[str, list[str]] = table.get("tests_may", {})
    rooms = list(layers)
    findings: list[str] = []
    checked = 0
    used: set[tuple[str, str]] = set()
    for path in tracked(".h", ".cpp"):
        name = str(path)
        if name.startswith("ci/"):
            continue
        here = room_of(name, rooms)
        if here is None:
            findings.append(f"{name}: its folder is not a room of ci/layers.toml")
            continue
        allowed = layers[here] + (tests_may.get(here, []) if is_test(name) else [])
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            checked += 1
            target = match.group(1)
            there = room_of(target, rooms)
            if there is None:
                if "/" not in target:
                    findings.append(f'{name}:{number}: "{target}": include by its path from the root')
                elif not target.startswith("generated/"):
                    findings.append(f'{name}:{number}: "{target}" belongs to no room')
                continue
            if there == here or "*" in allowed:
                continue
            used.add((here, there))
            if there not in allowed:
                findings.append(f"{name}:{number}: {here} must not include {there}; the arrows are in ci/layers.toml")
    for room, targets in layers.items():
        for target in targets:
            if target not in rooms and target != "*":
                findings.append(f"ci/layers.toml: {room} names an unknown room {target}")
    finish("arrows", findings, checked)


if __name__ == "__main__":
    main()
