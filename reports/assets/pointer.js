// Zoom, pan, hover, keys.
const tip = document.getElementById("tip");

function zoomAt(t, factor) { setView(t - (t - VIEW.from) * factor, t + (VIEW.to - t) * factor); }
function showFailure() { if (FAILURE) setView(FAILURE.from, FAILURE.to); }
const stageScale = () => scaleX(canvas.clientWidth);

function distanceToArrow(i, px, py, x) {
  const x0 = x(MESSAGES.sent[i]), y0 = laneY(MESSAGES.from[i]), y1full = laneY(MESSAGES.to[i]);
  const cut = MESSAGES.dropped[i] || MESSAGES.end[i] < 0;
  const x1 = MESSAGES.end[i] < 0 ? x0 + 12 : Math.max(x(MESSAGES.end[i]), cut ? x0 + 6 : x0), y1 = cut ? y0 + (y1full - y0) * dropShare(i) : y1full;
  const dx = x1 - x0, dy = y1 - y0, along = Math.max(0, Math.min(1, ((px - x0) * dx + (py - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - x0 - along * dx, py - y0 - along * dy);
}

function describeMessage(i) {
  const m = MESSAGES, e = m.event[i];
  const head = `${MESSAGE_NAME(m.type[i])}  ${nodeName(m.from[i])} \u2192 ${nodeName(m.to[i])}`;
  const sent = `sent ${formatTime(m.sent[i])}`;
  const size = m.type[i] >= 0 ? `, ${EVENTS.field[2][e]} bytes` : "";
  if (m.dropped[i]) return `${head}\n${sent}${size}\ndropped: ${DATA.drop_reasons[EVENTS.field[2][m.endEvent[i]]] || "?"}`;
  if (m.end[i] < 0) return `${head}\n${sent}${size}\nstill in flight at the end`;
  return `${head}\n${sent}${size}\ndelivered ${formatTime(m.end[i])} (after ${formatDuration(m.end[i] - m.sent[i])})`;
}
function describeOperation(i) {
  const end = OPS.completed[i];
  return `${OPS.text[i]}\nprocess ${OPS.process[i]}, ${OUTCOMES[OPS.outcome[i]]}, operation ${i}\n` +
    `invoked ${formatTime(OPS.invoked[i])}\n` + (end < 0 ? "never completed" : `completed ${formatTime(end)} (after ${formatDuration(end - OPS.invoked[i])})`);
}

function whatIsAt(px, py) {
  const x = stageScale(), t = x.invert(px);
  if (px < GUTTER) return null;
  for (const f of FAULTS) {
    if (f.row < 0) continue;
    const y = FAULTS_TOP + f.row * FAULT_ROW;
    if (py >= y && py < y + FAULT_ROW && px >= x(f.at_ns) - 2 && px <= Math.max(x(f.end), x(f.at_ns) + 3)) {
      return `${f.name}\nfrom ${formatTime(f.at_ns, 3)} for ${formatDuration(f.duration_ns)}\n${f.detail}`;
    }
  }
  for (let i = 0; i < OPS.count && OPS.invoked[i] <= VIEW.to; ++i) {
    const b = opBox(i, x, canvas.clientWidth);
    if (b && py >= b.y && py <= b.y + b.h && px >= b.x0 - 1 && px <= b.x1 + 1) return describeOperation(i);
  }
  const told = explanationAt(px, py, x);
  if (told) return told;
  let best = -1, bestDistance = 6;
  for (const i of lastShown) {
    const d = distanceToArrow(i, px, py, x);
    if (d < bestDistance) { bestDistance = d; best = i; }
  }
  if (best >= 0) return describeMessage(best);
  for (const l of LANES.values()) {
    if (py < LANES_TOP + l.y || py > LANES_TOP + l.y + l.height) continue;
    const states = DATA.spans.filter((s) => s.node === l.id && s.begin_ns <= t && t <= s.end_ns)
      .map((s) => (s.kind === "down" ? `down: ${s.cause}` : s.kind === "paused" ? "paused" : s.kind === "frozen" ? "its wall clock is frozen" : `${s.kind}, term ${s.term}`));
    const clock = DATA.clocks.find((c) => c.node === l.id);
    if (clock) states.push(`wall clock ${formatDuration(skewAt(clock, t))} from true time`);
    return `${nodeName(l.id)} at ${formatTime(t)}` + (states.length ? "\n" + states.join("\n") : "");
  }
  return null;
}

function wirePointer() {
  let drag = null;
  canvas.addEventListener("pointerdown", (e) => {
    drag = { x: e.clientX, from: VIEW.from, to: VIEW.to, moved: false };
    canvas.setPointerCapture(e.pointerId);
    tip.hidden = true;
  });
  canvas.addEventListener("pointermove", (e) => {
    const box = canvas.getBoundingClientRect();
    if (drag) {
      if (Math.abs(e.clientX - drag.x) > 3) drag.moved = true;
      const shift = (drag.x - e.clientX) / (box.width - GUTTER) * (drag.to - drag.from);
      if (drag.moved) setView(drag.from + shift, drag.to + shift);
      return;
    }
    const text = whatIsAt(e.clientX - box.left, e.clientY - box.top);
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const px = e.clientX - box.left, py = e.clientY - box.top;
    tip.style.left = Math.min(px + 14, box.width - tip.offsetWidth - 4) + "px";
    tip.style.top = Math.max(0, Math.min(py + 14, box.height - tip.offsetHeight - 4)) + "px";
  });
  canvas.addEventListener("pointerup", (e) => {
    if (drag && !drag.moved) showEventsFrom(stageScale().invert(e.clientX - canvas.getBoundingClientRect().left));
    drag = null;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("dblclick", (e) => zoomAt(stageScale().invert(e.clientX - canvas.getBoundingClientRect().left), e.shiftKey ? 2.5 : 0.4));
  canvas.addEventListener("wheel", (e) => {
    const length = VIEW.to - VIEW.from;
    if (e.ctrlKey || e.metaKey) {
      zoomAt(stageScale().invert(e.clientX - canvas.getBoundingClientRect().left), Math.exp(Math.max(-1, Math.min(1, e.deltaY / 200))));
    } else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
      const shift = (e.deltaX || e.deltaY) / 800 * length;
      setView(VIEW.from + shift, VIEW.to + shift);
    } else { return; }
    e.preventDefault();
  }, { passive: false });
  canvas.addEventListener("keydown", (e) => {
    const length = VIEW.to - VIEW.from, middle = VIEW.from + length / 2;
    const actions = { ArrowLeft: () => setView(VIEW.from - length / 6, VIEW.to - length / 6), ArrowRight: () => setView(VIEW.from + length / 6, VIEW.to + length / 6),
      "+": () => zoomAt(middle, 0.6), "=": () => zoomAt(middle, 0.6), "-": () => zoomAt(middle, 1.7), 0: () => setView(0, END), f: showFailure };
    if (actions[e.key]) { actions[e.key](); e.preventDefault(); }
  });
  let brush = null;
  const brushTime = (e) => Math.max(0, Math.min(END, scaleX(overview.clientWidth, 0, END).invert(e.clientX - overview.getBoundingClientRect().left)));
  overview.addEventListener("pointerdown", (e) => { brush = brushTime(e); overview.setPointerCapture(e.pointerId); });
  overview.addEventListener("pointermove", (e) => {
    if (brush === null) return;
    const t = brushTime(e);
    if (Math.abs(t - brush) > END / 300) setView(Math.min(brush, t), Math.max(brush, t));
  });
  overview.addEventListener("pointerup", (e) => {
    const t = brushTime(e);
    if (brush !== null && Math.abs(t - brush) <= END / 300) { const half = (VIEW.to - VIEW.from) / 2; setView(t - half, t + half); }
    brush = null;
  });
}
