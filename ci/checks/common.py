"""Shared by the checks: which files the project tracks, and how a finding is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked(*suffixes: str) -> list[Path]:
    """Files that git tracks (or would: new and not ignored), sorted, relative to the root."""
    out = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\n")
    names = sorted({n for n in out if n and (not suffixes or n.endswith(suffixes))})
    return [Path(n) for n in names if (ROOT / n).is_file()]


def finish(name: str, findings: list[str], checked: int) -> None:
    """Print the findings and exit 1, or say what was checked and return."""
    if checked == 0:
        sys.exit(f"{name}: nothing was checked")
    for finding in findings:
        print(finding)
    if findings:
        sys.exit(f"{name}: {len(findings)} finding(s) in {checked} checked")
    print(f"ok: {name}, {checked} checked")
