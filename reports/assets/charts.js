// The overview strip, latency and throughput.
const overview = document.getElementById("overview");
const latencyCanvas = document.getElementById("latency"), throughputCanvas = document.getElementById("throughput");

function drawOverview() {
  const { g, width, height } = prepare(overview, 64), x = scaleX(width, 0, END);
  g.fillStyle = COLOR.lane;
  g.fillRect(GUTTER, 0, width - GUTTER, height);
  for (const f of FAULTS) {
    g.fillStyle = COLOR.fault;
    g.fillRect(x(f.at_ns), 0, Math.max(x(f.end) - x(f.at_ns), 1), height);
  }
  const columns = Math.max(1, Math.ceil(width - GUTTER)), bins = new Uint32Array(columns);
  for (let i = 0; i < EVENTS.count; ++i) {
    const c = Math.floor(x(EVENTS.at[i]) - GUTTER);
    if (c >= 0 && c < columns) ++bins[c];
  }
  const most = bins.reduce((m, v) => Math.max(m, v), 1);
  g.fillStyle = COLOR.raft;
  g.globalAlpha = 0.6;
  for (let c = 0; c < columns; ++c) if (bins[c]) g.fillRect(GUTTER + c, height - 8 - (height - 22) * bins[c] / most, 1, (height - 22) * bins[c] / most);
  g.globalAlpha = 1;
  for (const s of DATA.spans) {
    if (s.kind !== "leader") continue;
    g.fillStyle = COLOR.terms[s.term % COLOR.terms.length];
    g.fillRect(x(s.begin_ns), height - 7, Math.max(x(s.end_ns) - x(s.begin_ns), 1), 7);
  }
  if (FAILURE) {
    g.strokeStyle = COLOR.bad;
    g.lineWidth = 2;
    g.beginPath(); g.moveTo(x(FAILURE.at), 0); g.lineTo(x(FAILURE.at), height); g.stroke();
  }
  g.fillStyle = COLOR.soft;
  g.textAlign = "right";
  g.fillText("whole run", GUTTER - 8, 14);
  g.fillText(formatDuration(END), GUTTER - 8, 30);
  g.fillText("leaders", GUTTER - 8, height - 6);
  const x0 = Math.max(x(VIEW.from), GUTTER), x1 = Math.max(x(VIEW.to), x0 + 3);
  g.fillStyle = COLOR.page;
  g.globalAlpha = 0.62;
  g.fillRect(GUTTER, 0, x0 - GUTTER, height);
  g.fillRect(x1, 0, width - x1, height);
  g.globalAlpha = 1;
  g.strokeStyle = COLOR.accent;
  g.lineWidth = 2;
  g.strokeRect(x0, 1, x1 - x0, height - 2);
}

function chartFrame(chart, height, title) {
  const { g, width } = prepare(chart, height), x = scaleX(width);
  g.fillStyle = COLOR.lane;
  g.fillRect(GUTTER, 16, width - GUTTER, height - 16);
  for (const f of FAULTS) {
    if (f.end < VIEW.from || f.at_ns > VIEW.to) continue;
    const x0 = Math.max(x(f.at_ns), GUTTER);
    g.fillStyle = COLOR.fault;
    g.fillRect(x0, 16, Math.max(Math.min(x(f.end), width) - x0, 1), height - 16);
  }
  drawTimeAxis(g, x, width, 16, height - 16);
  g.fillStyle = COLOR.soft;
  g.textAlign = "left";
  g.fillText(title, 0, 8);
  return { g, width, x };
}

function visibleOperations() {
  const found = [];
  for (let i = 0; i < OPS.count; ++i) {
    if (OPS.invoked[i] > VIEW.to) break;
    const end = OPS.completed[i];
    if (end >= VIEW.from && end <= VIEW.to) found.push(i);
  }
  return found;
}

function drawLatency(found) {
  const height = 170, { g, width, x } = chartFrame(latencyCanvas, height, "latency");
  if (!found.length) { g.textAlign = "center"; g.fillText("no operation completes in this window", (width + GUTTER) / 2, height / 2); return; }
  let low = Infinity, high = 0;
  for (const i of found) { const l = Math.max(OPS.completed[i] - OPS.invoked[i], 1); low = Math.min(low, l); high = Math.max(high, l); }
  const bottom = Math.floor(Math.log10(low)), top = Math.max(Math.ceil(Math.log10(high)), bottom + 1);
  const y = (l) => height - 6 - (height - 28) * (Math.log10(Math.max(l, 1)) - bottom) / (top - bottom);
  for (let p = bottom; p <= top; ++p) {
    const py = Math.round(y(10 ** p)) + 0.5;
    g.strokeStyle = COLOR.grid;
    g.beginPath(); g.moveTo(GUTTER, py); g.lineTo(width, py); g.stroke();
    g.fillStyle = COLOR.soft;
    g.textAlign = "right";
    g.fillText(formatDuration(10 ** p).replace(/\.0+ /, " "), GUTTER - 6, py);
  }
  g.globalAlpha = found.length > 4000 ? 0.35 : 0.75;
  for (const i of found) {
    g.fillStyle = COLOR[OUTCOMES[OPS.outcome[i]]];
    g.fillRect(x(OPS.completed[i]) - 1.5, y(OPS.completed[i] - OPS.invoked[i]) - 1.5, 3, 3);
  }
  g.globalAlpha = 1;
  if (found.length < 40) return;
  const bins = Math.max(4, Math.min(80, Math.floor(found.length / 10)));
  const values = Array.from({ length: bins }, () => []);
  for (const i of found) {
    const b = Math.min(bins - 1, Math.max(0, Math.floor((OPS.completed[i] - VIEW.from) / (VIEW.to - VIEW.from) * bins)));
    values[b].push(OPS.completed[i] - OPS.invoked[i]);
  }
  values.forEach((v) => v.sort((a, b) => a - b));
  for (const [share, dash, name] of [[0.5, [], "median"], [0.99, [4, 3], "99th percentile"]]) {
    g.strokeStyle = COLOR.ink;
    g.lineWidth = 1.3;
    g.setLineDash(dash);
    g.beginPath();
    let open = false;
    values.forEach((v, b) => {
      if (!v.length) { open = false; return; }
      const px = x(VIEW.from + (b + 0.5) / bins * (VIEW.to - VIEW.from)), py = y(v[Math.min(v.length - 1, Math.floor(v.length * share))]);
      if (open) g.lineTo(px, py); else g.moveTo(px, py);
      open = true;
    });
    g.stroke();
    g.setLineDash([]);
  }
  g.fillStyle = COLOR.ink;
  g.textAlign = "right";
  g.fillText("\u2014 median   - - 99th percentile", width - 4, 24);
}

function drawThroughput(found) {
  const height = 120, { g, width, x } = chartFrame(throughputCanvas, height, "operations/s");
  if (!found.length) return;
  const bins = Math.max(10, Math.min(120, Math.floor((width - GUTTER) / 8))), length = (VIEW.to - VIEW.from) / bins;
  const counts = ["info", "fail", "ok"].map((name) => ({ name, bins: new Uint32Array(bins) }));
  const column = { 3: 0, 2: 1, 1: 2 };
  for (const i of found) ++counts[column[OPS.outcome[i]]].bins[Math.min(bins - 1, Math.floor((OPS.completed[i] - VIEW.from) / length))];
  let most = 1;
  for (let b = 0; b < bins; ++b) most = Math.max(most, counts[0].bins[b] + counts[1].bins[b] + counts[2].bins[b]);
  const tall = height - 30;
  g.fillStyle = COLOR.soft;
  g.textAlign = "right";
  const rate = most / (length / 1e9);
  g.fillText(rate >= 100 ? formatCount(Math.round(rate)) : rate.toPrecision(2), GUTTER - 6, height - 4 - tall);
  g.fillText("0", GUTTER - 6, height - 6);
  for (let b = 0; b < bins; ++b) {
    let base = height - 2;
    for (const c of counts) {
      const h = tall * c.bins[b] / most;
      if (!h) continue;
      g.fillStyle = COLOR[c.name];
      g.globalAlpha = 0.85;
      g.fillRect(x(VIEW.from + b * length) + 0.5, base - h, Math.max(x.perNs * length - 1, 1), h);
      base -= h;
    }
  }
  g.globalAlpha = 1;
}

function drawCharts() {
  const found = visibleOperations();
  drawLatency(found);
  drawThroughput(found);
  drawConvergence();
}
