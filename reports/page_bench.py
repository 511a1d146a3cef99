#!/usr/bin/env python3
"""How fast the report's page opens and draws: reports/page_bench.py PAGE.html [--json] (needs Chromium). Prints medians of 5,
or all samples as JSON; `ci/bench` records them.

A page of 100,000 events: WN_SAMPLE=page.html WN_SAMPLE_EVENTS=120000 build/release/reports/reports_test "[.sample]"
"""

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python" / "tests"))
from browser import Browser  # noqa: E402


def main() -> None:
    page = Path(sys.argv[1])
    opened, drawn = [], []
    with Browser() as browser:
        for _ in range(5):
            started = time.monotonic()
            browser.open(page)
            opened.append((time.monotonic() - started) * 1e3)
            browser.settle()
            browser.evaluate("worknodeReport.setView(0, worknodeReport.END)")
            browser.settle()
            drawn.append(browser.evaluate("worknodeReport.DRAWN.milliseconds"))
        events = browser.evaluate("worknodeReport.EVENTS.count")
    if "--json" in sys.argv[2:]:
        print(json.dumps({"events": events, "open_ms": opened, "draw_ms": drawn}))
        return
    print(f"{events} events, {page.stat().st_size} bytes: open {statistics.median(opened):.0f} ms, "
          f"draw the whole run {statistics.median(drawn):.1f} ms")


if __name__ == "__main__":
    main()
