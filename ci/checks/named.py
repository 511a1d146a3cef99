"""Every scenario that a document names (`fast/worknode-liars`, `negative/raft-liar`) is in the catalog."""

from __future__ import annotations

import re
from pathlib import Path

from common import ROOT, finish, tracked

NAMED = re.compile(r"\b(fast|slow|nightly|negative)/([a-z0-9]+(?:-[a-z0-9]+)+)\b")


def missing(text: str, catalog: Path) -> tuple[list[str], int]:
    """The scenarios that `text` names and that are not in the catalog, and how many it names."""
    names = sorted({f"{folder}/{name}" for folder, name in NAMED.findall(text)})
    return [name for name in names if not (catalog / f"{name}.toml").is_file()], len(names)


def main() -> None:
    findings = []
    checked = 0
    for path in tracked(".md"):
        gone, count = missing((ROOT / path).read_text(), ROOT / "scenarios/catalog")
        findings += [f"{path}: no scenario {name}" for name in gone]
        checked += count
    finish("named scenarios", findings, checked)


if __name__ == "__main__":
    main()
