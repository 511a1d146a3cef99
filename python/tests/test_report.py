"""The HTML report in a real browser."""

import json
import re
import time

import pytest

import worknode as wn
from browser import Browser, find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no chromium on this machine: the report was not looked at")

EVENTS = 100_000


@pytest.fixture(scope="module")
def browser():
    with Browser() as b:
        yield b


@pytest.fixture
def page(browser):
    browser.errors.clear()
    browser.requests.clear()
    return browser


def box_of(page, selector):
    return page.evaluate(f"(() => {{ const b = document.querySelector({selector!r})?.getBoundingClientRect();"
                         "return b ? {x: b.x, y: b.y, w: b.width, h: b.height} : null; })()")


def coloured_pixels(page, canvas):
    return page.evaluate(
        f"(() => {{ const c = document.getElementById({canvas!r}), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "const seen = new Set(); for (let i = 0; i < d.length; i += 4) if (d[i + 3]) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);"
        "return seen.size; })()")


def assert_quiet(page, path):
    assert page.errors == []
    assert all(u.startswith(("data:", "file://")) and (u.startswith("data:") or path.name in u) for u in page.requests)


def test_the_failing_operation_is_visible(failing, page, tmp_path):
    path = failing.report(tmp_path / "report.html")
    for theme in ("light", "dark"):
        page.open(path, f"?theme={theme}", "#failing-operation")
        page.settle()
        box = box_of(page, "#failing-operation")
        assert box and box["w"] >= 4 and box["h"] >= 4
        assert 0 <= box["y"] <= page.height and 0 <= box["x"] <= page.width
        # Nothing covers it, and it is where its operation is drawn.
        stage = box_of(page, "#stage")
        assert stage["x"] <= box["x"] and box["x"] + box["w"] <= stage["x"] + stage["w"] + 1
        assert page.evaluate("getComputedStyle(document.getElementById('failing-operation')).visibility") == "visible"
        assert page.evaluate("document.getElementById('failing-operation').textContent").strip()
    text = page.evaluate("document.body.innerText")
    assert "FAIL" in text and failing.signature in text and failing.digest in text
    assert_quiet(page, path)


def test_zoom_hover_filter_and_theme(failing, page, tmp_path):
    path = failing.report(tmp_path / "report.html")
    page.open(path)
    page.settle()
    span = "worknodeReport.VIEW.to - worknodeReport.VIEW.from"
    page.evaluate("document.getElementById('zoom-all').click()")
    page.settle()
    whole = page.evaluate(span)
    page.evaluate("document.getElementById('zoom-in').click()")
    page.settle()
    assert page.evaluate(span) == pytest.approx(whole / 2, rel=0.05)
    page.evaluate("document.getElementById('zoom-failure').click(); document.getElementById('spacetime').scrollIntoView({block: 'start'})")
    page.settle()
    assert page.evaluate(span) < whole
    stage, box = box_of(page, "#spacetime"), box_of(page, "#failing-operation")
    page.mouse("mouseMoved", box["x"] + box["w"] / 2, box["y"] + box["h"] / 2)
    page.settle()
    assert not page.evaluate("document.getElementById('tip').hidden")
    before = page.evaluate(span)
    page.mouse("mouseWheel", stage["x"] + 500, stage["y"] + 100, deltaX=0, deltaY=-200, modifiers=2)
    page.settle()
    assert page.evaluate(span) < before
    page.evaluate("document.getElementById('zoom-all').click(); const f = document.getElementById('event-filter');"
                  "f.value = 'raft_state'; f.dispatchEvent(new Event('input'))")
    page.settle()
    kinds = page.evaluate("[...document.querySelectorAll('#events td:nth-child(3)')].map(e => e.textContent)")
    assert kinds and set(kinds) == {"raft_state"}
    page.evaluate("document.getElementById('theme').click()")
    page.settle()
    assert coloured_pixels(page, "spacetime") > 20
    assert_quiet(page, path)


def test_a_hundred_thousand_events_are_readable(catalog, page, tmp_path):
    run = wn.run(catalog / "fast" / "raft-swarm.toml", seed=1, duration="600s", freeze="60s", topology__clients=5)
    assert len(run.trace_raw) >= EVENTS
    path = run.report(tmp_path / "big.html")
    assert path.stat().st_size < 40 * len(run.trace_raw) + 2_000_000
    started = time.monotonic()
    page.open(path)
    page.settle()
    assert page.evaluate("worknodeReport.EVENTS.count") == min(len(run.trace_raw), 400_000)
    page.evaluate("worknodeReport.setView(0, worknodeReport.END)")
    page.settle()
    assert page.evaluate("worknodeReport.DRAWN.mode") == "density"
    page.evaluate("const middle = worknodeReport.MESSAGES.sent[worknodeReport.MESSAGES.count >> 1];"
                  "worknodeReport.setView(middle - 1e8, middle + 1e8)")
    page.settle()
    assert page.evaluate("worknodeReport.DRAWN.mode") == "arrows"
    assert page.evaluate("worknodeReport.DRAWN.arrows") > 0
    assert time.monotonic() - started < 60  # it completes; how fast is for the ledger
    assert coloured_pixels(page, "spacetime") > 20
    assert_quiet(page, path)


def test_branches_clocks_and_what_decided_the_failure_are_drawn(catalog, page, tmp_path):
    run = wn.run(catalog / "negative" / "raft-lease-on-wall-clock.toml", seed=12, duration="12s", freeze="4s")
    path = run.report(tmp_path / "explained.html")
    text = path.read_text("utf-8")
    assert '"branches":[]' in text and '"clocks":[{' in text
    explanation = {"says": "decided at 5 s", "curve": [[0, 40, 1], [5_000_000_000, 40, 30], [6_000_000_000, 40, 40]],
                   "criticals": [{"event": 500, "says": "the clock stepped"}],
                   "ranking": [{"what": "clock of n1", "at_ns": 5_000_000_000, "effect": 0.75}]}
    branches = [{"at_ns": 3_000_000_000, "seed": "18446744073709551615"}]
    path.write_text(text.replace('"branches":[]', f'"branches":{json.dumps(branches)},"explanation":{json.dumps(explanation)}'))
    page.open(path, "?theme=dark")
    page.settle()
    page.evaluate("document.getElementById('zoom-all').click(); document.getElementById('picture').scrollIntoView()")
    page.settle()
    shown = page.evaluate("document.body.innerText")
    for words in ("decided at 5 s", "the clock stepped", "75 %", "other dice from here", "wall clock off true time"):
        assert words in shown
    stage = box_of(page, "#spacetime")
    page.mouse("mouseMoved", stage["x"] + 64 + (stage["w"] - 64) * 5 / 12, stage["y"] + 40)
    page.settle()
    assert "30 of 40 futures" in page.evaluate("document.getElementById('tip').textContent")
    page.evaluate("document.querySelector('#criticals tr.go').click()")
    page.settle()
    assert page.evaluate("worknodeReport.VIEW.to - worknodeReport.VIEW.from") < 1e9
    assert_quiet(page, path)


def test_a_passing_run_has_a_page_too(light, page, tmp_path):
    path = light.report(tmp_path / "light.html")
    assert len(re.findall("<script", path.read_text("utf-8"))) == 2
    page.open(path)
    page.settle()
    assert page.evaluate("document.querySelector('#badge').textContent") in ("✓ PASS", "✗ FAIL", "? UNKNOWN")
    assert page.evaluate("document.querySelectorAll('#faults tr').length") >= 1
    assert_quiet(page, path)


def test_an_error_on_the_page_would_be_noticed(page, tmp_path):
    """The check can fail: a page whose data are broken reports an error."""
    path = tmp_path / "broken.html"
    path.write_text('<!doctype html><link rel="icon" href="data:,"><script>JSON.parse("{")</script>')
    page.open(path)
    page.settle()
    assert page.errors
