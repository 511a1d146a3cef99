// The wall clock of each server, as a strip under its line: ahead of true time is up, behind is down, on a log scale.
const SKEW_MAX = DATA.clocks.reduce((m, c) => Math.max(m, ...c.skew_ns.map(Math.abs)), 0);
const FROZEN = DATA.spans.filter((s) => s.kind === "frozen");

function skewShare(skew) { return Math.sign(skew) * Math.min(1, Math.log1p(Math.abs(skew) / 1e5) / Math.log1p(SKEW_MAX / 1e5)); }

// Points of one clock that matter to the window: between two of them the skew is linear in time but not on this scale,
// so a few points each; what lies outside is left to the clip.
function skewPoints(c) {
  const points = [];
  for (let i = 0; i < c.at_ns.length; ++i) {
    if (i + 1 < c.at_ns.length && c.at_ns[i + 1] < VIEW.from) continue;
    if (i > 0 && c.at_ns[i - 1] > VIEW.to) break;
    const dt = i ? c.at_ns[i] - c.at_ns[i - 1] : 0, ds = i ? c.skew_ns[i] - c.skew_ns[i - 1] : 0, parts = dt > 0 && ds !== 0 ? 12 : 1;
    for (let k = 1; k <= parts; ++k) points.push([i ? c.at_ns[i - 1] + dt * k / parts : c.at_ns[0], i ? c.skew_ns[i - 1] + ds * k / parts : c.skew_ns[0]]);
  }
  return points;
}

function drawClocks(g, x, width) {
  if (!SHOW.clocks || !SKEW_MAX) return;
  for (const c of DATA.clocks) {
    const l = LANES.get(c.node);
    if (!l || !l.clock) continue;
    const top = LANES_TOP + l.y + l.body, zero = top + l.clock / 2, reach = l.clock / 2 - 1.5;
    const points = skewPoints(c).map(([at, skew]) => [x(at), zero - reach * skewShare(skew)]);
    g.save();
    g.beginPath(); g.rect(GUTTER, top, width - GUTTER, l.clock); g.clip();
    g.fillStyle = COLOR["lane-client"];
    g.fillRect(GUTTER, top, width - GUTTER, l.clock);
    for (const s of FROZEN) {
      if (s.node === c.node && s.end_ns >= VIEW.from && s.begin_ns <= VIEW.to) hatch(g, Math.max(x(s.begin_ns), GUTTER), Math.min(Math.max(x(s.end_ns), x(s.begin_ns) + 2), width), top, top + l.clock, COLOR.pause, 5, 1.5);
    }
    if (points.length) {
      g.beginPath();
      points.forEach(([px, py], i) => (i ? g.lineTo(px, py) : g.moveTo(px, py)));
      g.strokeStyle = COLOR.skew;
      g.lineWidth = 1.5;
      g.stroke();
      g.lineTo(points[points.length - 1][0], zero);
      g.lineTo(points[0][0], zero);
      g.fillStyle = COLOR.skew;
      g.globalAlpha = 0.18;
      g.fill();
      g.globalAlpha = 1;
    }
    g.strokeStyle = COLOR.grid;
    g.lineWidth = 1;
    g.beginPath(); g.moveTo(GUTTER, Math.round(zero) + 0.5); g.lineTo(width, Math.round(zero) + 0.5); g.stroke();
    g.restore();
    drawClockWords(g, c, top, l.clock, width);
  }
}

function drawClockWords(g, c, top, height, width) {
  if (height < 14) return;
  g.font = '10px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  g.fillStyle = COLOR.soft;
  g.textAlign = "right";
  g.fillText("clock", GUTTER - 8, top + height / 2);
  const now = skewAt(c, (VIEW.from + VIEW.to) / 2), text = (now >= 0 ? "+" : "\u2212") + formatDuration(Math.abs(now));
  g.strokeStyle = COLOR["lane-client"];
  g.lineWidth = 4;
  g.strokeText(text, width - 6, top + height / 2);
  g.fillStyle = COLOR.skew;
  g.fillText(text, width - 6, top + height / 2);
  g.font = '11.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
}

function skewAt(c, t) {
  let i = c.at_ns.length - 1;
  while (i > 0 && c.at_ns[i] > t) --i;
  if (i === c.at_ns.length - 1) return c.skew_ns[i];
  const dt = c.at_ns[i + 1] - c.at_ns[i];
  return dt <= 0 ? c.skew_ns[i] : c.skew_ns[i] + (c.skew_ns[i + 1] - c.skew_ns[i]) * Math.max(0, t - c.at_ns[i]) / dt;
}
