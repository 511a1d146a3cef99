"""The page of a sweep in a real browser."""

import subprocess

import pytest

from browser import Browser, find_chromium
from conftest import ROOT

PROGRAM = ROOT / "build" / "release" / "worknode"
pytestmark = [pytest.mark.skipif(find_chromium() is None, reason="no chromium on this machine: the page was not looked at"),
              pytest.mark.skipif(not PROGRAM.is_file(), reason="build/release/worknode is not built: no page was made")]


def test_a_sweep_has_a_page(tmp_path):
    results, page = tmp_path / "sweep.jsonl", tmp_path / "sweep.html"
    swept = subprocess.run([PROGRAM, "chaos", "scenarios/catalog/negative/raft-ack-before-sync.toml",
                            "scenarios/catalog/negative/raft-vote-not-persisted.toml", "--seeds", "25", "--no-folders",
                            "--no-shrink", "--results", results], capture_output=True, text=True)
    assert swept.returncode == 1, swept.stderr
    made = subprocess.run([PROGRAM, "report", results], capture_output=True, text=True)
    assert made.returncode == 0 and made.stdout.strip() == str(page), made.stderr
    with Browser(1300, 1100) as browser:
        for theme in ("light", "dark"):
            browser.open(page, f"?theme={theme}")
            browser.settle()
            text = browser.evaluate("document.body.innerText")
            assert "FAIL" in text and "50 seeds of 2 scenarios" in text and "linearizability: stale read" in text
            assert browser.evaluate("document.querySelectorAll('svg.chart').length") >= 2
        seeds = "[...document.querySelectorAll('#scenarios td:first-child')].map(e => e.textContent)"
        before = browser.evaluate(seeds)
        browser.evaluate("document.querySelector('#scenarios th').click(); document.querySelector('#scenarios th').click()")
        assert browser.evaluate(seeds) == sorted(before, reverse=True)
        assert browser.errors == []
        assert all(u.startswith(("data:", "file://")) for u in browser.requests)
    refused = subprocess.run([PROGRAM, "report", results, "runs"], capture_output=True, text=True)
    assert refused.returncode == 2 and "expected results of a sweep" in refused.stderr
