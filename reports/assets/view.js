// The window of time that every picture shares, the lanes, and the colours.
const END = Math.max(DATA.run.simulated_ns, EVENTS.count ? EVENTS.at[EVENTS.count - 1] : 0, 1);
const VIEW = { from: 0, to: END, listeners: [], queued: false };
const MIN_WINDOW_NS = 2000;

function setView(from, to) {
  let length = Math.min(Math.max(to - from, MIN_WINDOW_NS), END * 1.02);
  if (!Number.isFinite(length)) length = END;
  from = Math.min(Math.max(from, -END * 0.01), END * 1.01 - length);
  VIEW.from = from;
  VIEW.to = from + length;
  requestDraw();
}
function requestDraw() {
  if (VIEW.queued) return;
  VIEW.queued = true;
  requestAnimationFrame(() => { VIEW.queued = false; for (const draw of VIEW.listeners) draw(); });
}

let COLOR = {};
function readColors() {
  const style = getComputedStyle(document.documentElement);
  COLOR = {};
  for (const name of ["page", "card", "ink", "soft", "line", "ok", "fail", "info", "bad", "raft", "client", "vote", "fault", "down",
    "pause", "skew", "branch", "lane", "lane-client", "grid", "accent"]) COLOR[name] = style.getPropertyValue("--" + name).trim();
  const dark = document.documentElement.dataset.theme === "dark";
  COLOR.terms = dark ? ["#2f7fb8", "#2a9d78", "#a8863a", "#8f5a9e"] : ["#9fd0f0", "#9edcc4", "#ead59a", "#d9b8e2"];
  COLOR.termInk = dark ? "#ffffff" : "#10202c";
}

// Sharp canvases: sizes the backing store to the device's pixels and gives a context in CSS pixels.
function prepare(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = Math.max(canvas.clientWidth, 50);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = height + "px";
  }
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  g.font = '11.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  g.textBaseline = "middle";
  return { g, width, height };
}

const GUTTER = 64;  // names of the lanes
function scaleX(width, from = VIEW.from, to = VIEW.to) {
  const perNs = (width - GUTTER) / (to - from);
  const x = (t) => GUTTER + (t - from) * perNs;
  x.invert = (px) => from + (px - GUTTER) / perNs;
  x.perNs = perNs;
  return x;
}

function niceStep(span, target) {
  const raw = span / target, power = 10 ** Math.floor(Math.log10(raw)), lead = raw / power;
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

function drawTimeAxis(g, x, width, y, height) {
  const step = niceStep(VIEW.to - VIEW.from, Math.max(2, (width - GUTTER) / 130));
  const digits = Math.max(0, Math.min(9, 9 - Math.floor(Math.log10(step))));
  g.textAlign = "center";
  for (let t = Math.ceil(VIEW.from / step) * step; t <= VIEW.to; t += step) {
    const px = Math.round(x(t)) + 0.5;
    if (px < GUTTER) continue;
    g.strokeStyle = COLOR.grid;
    g.lineWidth = 1;
    g.beginPath(); g.moveTo(px, y); g.lineTo(px, y + height); g.stroke();
    if (y >= 12 && px > GUTTER + 24 && px < width - 24) {
      g.fillStyle = COLOR.soft;
      g.fillText(formatTime(t, digits), px, y - 8);
    }
  }
}

function hatch(g, x0, x1, y0, y1, color, gap, width = 1) {
  g.save();
  g.beginPath(); g.rect(x0, y0, x1 - x0, y1 - y0); g.clip();
  g.strokeStyle = color;
  g.lineWidth = width;
  g.beginPath();
  const start = Math.max(x0, GUTTER) - (y1 - y0);
  for (let px = start - ((start % gap) + gap) % gap; px < x1; px += gap) { g.moveTo(px, y1); g.lineTo(px + (y1 - y0), y0); }
  g.stroke();
  g.restore();
}

// Lanes from top to bottom: faults, servers, the admin, clients.
const LANES = (() => {
  const lanes = new Map();
  const order = { server: 0, spare: 1, admin: 2, client: 3 };
  const nodes = [...DATA.nodes];
  for (const p of new Set(OPS.node)) if (!NODE_ROLES.has(p)) nodes.push({ id: p, role: "client" });
  nodes.sort((a, b) => order[a.role] - order[b.role] || a.id - b.id);
  const important = new Set();
  for (const c of DATA.claims) if (c.outcome === "fail") for (const i of c.operations) if (i < OPS.count) important.add(OPS.node[i]);
  let kept = nodes;
  if (nodes.length > DATA.lanes_max) {
    const busy = new Map();
    for (let i = 0; i < EVENTS.count; ++i) busy.set(EVENTS.node[i], (busy.get(EVENTS.node[i]) || 0) + 1);
    for (const p of important) busy.set(p, Infinity);
    const chosen = new Set([...nodes].sort((a, b) => (busy.get(b.id) || 0) - (busy.get(a.id) || 0) || a.id - b.id)
      .slice(0, DATA.lanes_max).map((n) => n.id));
    kept = nodes.filter((n) => chosen.has(n.id));
  }
  const servers = kept.filter((n) => n.role === "server" || n.role === "spare").length, others = kept.length - servers;
  const tall = servers <= 7 ? 74 : servers <= 15 ? 46 : 26, small = others <= 12 ? 27 : 18;
  // A server whose clock is off has a strip for it under its line.
  const clocks = new Set(DATA.clocks.map((c) => c.node)), strip = servers <= 7 ? 20 : servers <= 15 ? 14 : 9;
  let y = 0;
  for (const n of kept) {
    const server = n.role === "server" || n.role === "spare";
    if (n.role === "client" && lanes.size && ![...lanes.values()].some((l) => l.role === "client")) y += 12;
    const body = server ? tall : n.role === "admin" ? 20 : small, clock = server && clocks.has(n.id) ? strip : 0, height = body + clock;
    lanes.set(n.id, { id: n.id, role: n.role, server, y, height, body, clock, middle: y + body / 2 });
    y += height + (server ? 6 : 2);
  }
  lanes.total = y;
  lanes.hidden = nodes.length - kept.length;
  return lanes;
})();

// Where the violation is: the window that the page opens on.
const FAILURE = (() => {
  const failing = DATA.claims.filter((c) => c.outcome === "fail");
  const claim = failing.find((c) => c.operations.some((i) => i < OPS.count)) || failing[0];
  if (!claim) return null;
  const operations = [...new Set(failing.flatMap((c) => c.operations))].filter((i) => i < OPS.count);
  const events = [...new Set(failing.flatMap((c) => c.events))].filter((i) => i >= 0 && i < EVENTS.count);
  // The operation in which the violation became visible comes last.
  const seen = (i) => (OPS.completed[i] < 0 ? -1 : OPS.completed[i]);
  operations.sort((a, b) => seen(a) - seen(b) || a - b);
  const times = operations.flatMap((i) => [OPS.invoked[i], OPS.completed[i] < 0 ? OPS.invoked[i] : OPS.completed[i]])
    .concat(events.map((i) => EVENTS.at[i]));
  if (claim.at_ns >= 0) times.push(claim.at_ns);
  if (!times.length) times.push(END);
  const last = operations.length ? Math.max(...operations.map((i) => Math.max(seen(i), OPS.invoked[i]))) : Math.max(...times);
  let from = Math.min(...times), to = Math.max(...times);
  // A witness that reaches far back would make the last moment a hair line: stay near the end then.
  const pad = Math.max((to - from) * 0.2, 2e7);
  return { claim, operations, events, at: claim.at_ns >= 0 ? claim.at_ns : last, from: from - pad, to: to + pad };
})();
