// The space-time picture. Level of detail: arrows while they can be told apart, a density strip a lane beyond.
const ARROWS_MAX = 3500, HEADS_MAX = 900, LABELS_MAX = 70;
const FAULT_ROW = 18, FAULT_ROWS_MAX = 4;
const stage = document.getElementById("stage"), canvas = document.getElementById("spacetime");
const SHOW = { servers: true, clients: true, dropped: true, clocks: true };
const DRAWN = { arrows: 0, mode: "", milliseconds: 0 };

// Faults are packed in rows, those in the window anew for each drawing; what finds no room shares the last row.
const FAULTS = DATA.faults.map((f) => ({ ...f, end: f.duration_ns >= 9e17 ? END : Math.min(f.at_ns + Math.max(f.duration_ns, 0), END) }));
function packFaults(from, to) {
  const ends = [];
  for (const f of FAULTS) {
    f.row = -1;
    if (f.end < from || f.at_ns > to) continue;
    let row = ends.findIndex((e) => e <= f.at_ns);
    if (row < 0) row = ends.length < FAULT_ROWS_MAX ? ends.length : FAULT_ROWS_MAX - 1;
    ends[row] = Math.max(ends[row] || 0, f.end, f.at_ns + (to - from) / 400);
    f.row = row;
  }
  return ends.length;
}
const FAULT_ROWS = packFaults(0, END);
const FAULTS_TOP = AXIS_HEIGHT + CURVE_HEIGHT;
const LANES_TOP = FAULTS_TOP + FAULT_ROWS * FAULT_ROW + (FAULT_ROWS ? 8 : 0);
const STAGE_HEIGHT = LANES_TOP + LANES.total + 24;
const laneY = (id) => { const l = LANES.get(id); return l ? LANES_TOP + l.middle : null; };
const isServer = (id) => LANES.get(id)?.server;

function drawFaults(g, x, width) {
  packFaults(VIEW.from, VIEW.to);
  for (const f of FAULTS) {
    if (f.row < 0) continue;
    const x0 = Math.max(x(f.at_ns), GUTTER), x1 = Math.min(Math.max(x(f.end), x0 + 2), width);
    g.fillStyle = COLOR.fault;
    for (const id of f.touches) {
      const l = LANES.get(id);
      if (l) g.fillRect(x0, LANES_TOP + l.y, x1 - x0, l.height);
    }
    const y = FAULTS_TOP + f.row * FAULT_ROW + 2;
    g.fillStyle = COLOR.fault;
    g.fillRect(x0, y, x1 - x0, FAULT_ROW - 3);
    g.strokeStyle = COLOR.bad;
    g.lineWidth = 1;
    g.strokeRect(x0 + 0.5, y + 0.5, Math.max(x1 - x0 - 1, 1), FAULT_ROW - 4);
    if (x1 - x0 > 30) {
      g.save();
      g.beginPath(); g.rect(x0, y, x1 - x0 - 3, FAULT_ROW); g.clip();
      g.fillStyle = COLOR.ink;
      g.textAlign = "left";
      g.fillText(f.name, x0 + 4, y + (FAULT_ROW - 3) / 2 + 0.5);
      g.restore();
    }
  }
  if (FAULT_ROWS) {
    g.fillStyle = COLOR.soft;
    g.textAlign = "right";
    g.fillText("faults", GUTTER - 8, FAULTS_TOP + 8);
  }
}

function drawLanes(g, x, width) {
  for (const l of LANES.values()) {
    const y = LANES_TOP + l.y;
    g.fillStyle = l.server ? COLOR.lane : COLOR["lane-client"];
    g.fillRect(GUTTER, y, width - GUTTER, l.height);
    g.fillStyle = COLOR.ink;
    g.textAlign = "right";
    g.font = (l.server ? "600 " : "") + '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    g.fillText(nodeName(l.id), GUTTER - 8, LANES_TOP + l.middle - (l.server && l.role !== "server" ? 6 : 0));
    if (l.role === "spare" || l.role === "admin") {
      g.font = '10px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
      g.fillStyle = COLOR.soft;
      g.fillText(l.role, GUTTER - 8, LANES_TOP + l.middle + (l.role === "spare" ? 8 : 0) - (l.role === "admin" ? 0 : 0));
    }
  }
  g.font = '11.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
}

function drawSpans(g, x, width) {
  for (const s of DATA.spans) {
    const l = LANES.get(s.node);
    if (!l || s.end_ns < VIEW.from || s.begin_ns > VIEW.to) continue;
    const x0 = Math.max(x(s.begin_ns), GUTTER), x1 = Math.min(Math.max(x(s.end_ns), x0 + 1), width);
    const y = LANES_TOP + l.y, half = Math.min(9, l.body / 4), middle = LANES_TOP + l.middle;
    if (s.kind === "leader") {
      g.fillStyle = COLOR.terms[s.term % COLOR.terms.length];
      g.fillRect(x0, middle - half, x1 - x0, 2 * half);
      if (x1 - x0 > 52 && half > 5) {
        g.fillStyle = COLOR.termInk;
        g.textAlign = "left";
        g.fillText("leader, term " + s.term, x0 + 5, middle, x1 - x0 - 8);
      }
    } else if (s.kind === "candidate") {
      g.fillStyle = COLOR.vote;
      g.fillRect(x0, middle - 2.5, x1 - x0, 5);
    } else if (s.kind === "down") {
      g.globalAlpha = 0.82;
      g.fillStyle = COLOR.down;
      g.fillRect(x0, y, x1 - x0, l.body);
      g.globalAlpha = 1;
      hatch(g, x0, x1, y, y + l.body, "rgba(255,255,255,0.16)", 7);
      if (x1 - x0 > 116) {
        g.fillStyle = "#e9edf2";
        g.textAlign = "left";
        g.fillText("down: " + s.cause, x0 + 6, y + 10, x1 - x0 - 8);
      }
    } else if (s.kind === "paused") {
      hatch(g, x0, x1, y, y + l.body, COLOR.pause, 6, 2);
      if (x1 - x0 > 50) {
        g.fillStyle = COLOR.card;
        g.fillRect(x0 + 4, y + 3, 46, 14);
        g.fillStyle = COLOR.ink;
        g.textAlign = "left";
        g.fillText("paused", x0 + 7, y + 10);
      }
    }
  }
  for (const l of LANES.values()) {
    if (!l.server) continue;
    g.strokeStyle = COLOR.soft;
    g.globalAlpha = 0.55;
    g.lineWidth = 1;
    const y = Math.round(LANES_TOP + l.middle) + 0.5;
    g.beginPath(); g.moveTo(GUTTER, y); g.lineTo(width, y); g.stroke();
    g.globalAlpha = 1;
  }
}

function messageShown(i) {
  const m = MESSAGES;
  if (m.dropped[i] && !SHOW.dropped) return false;
  return isServer(m.from[i]) && isServer(m.to[i]) ? SHOW.servers : SHOW.clients;
}
// Positions [first, last) of the messages that may cross the window.
function messageRange() {
  const reach = Math.min(MESSAGES.longest, Math.max((VIEW.to - VIEW.from) * 2, 1e9));
  return [lowerBound(MESSAGES.sent, VIEW.from - reach), lowerBound(MESSAGES.sent, VIEW.to)];
}
function messageColor(i) {
  if (MESSAGES.dropped[i]) return COLOR.bad;
  if (!(isServer(MESSAGES.from[i]) && isServer(MESSAGES.to[i]))) return COLOR.client;
  return /vote/i.test(MESSAGE_NAME(MESSAGES.type[i])) ? COLOR.vote : COLOR.raft;
}

function drawMessages(g, x, width) {
  const [first, last] = messageRange(), shown = [];
  for (let i = first; i < last && shown.length <= ARROWS_MAX; ++i) {
    const end = MESSAGES.end[i] < 0 ? MESSAGES.sent[i] : MESSAGES.end[i];
    if (end >= VIEW.from && LANES.has(MESSAGES.from[i]) && LANES.has(MESSAGES.to[i]) && messageShown(i)) shown.push(i);
  }
  if (shown.length > ARROWS_MAX) { drawDensity(g, x, width, first, last); DRAWN.mode = "density"; DRAWN.arrows = 0; return []; }
  DRAWN.mode = "arrows";
  DRAWN.arrows = shown.length;
  const alpha = shown.length < 250 ? 0.95 : shown.length < 900 ? 0.65 : 0.35;
  g.save();
  g.beginPath(); g.rect(GUTTER, 0, width - GUTTER, STAGE_HEIGHT); g.clip();
  labelled.length = 0;
  for (const i of shown) drawArrow(g, x, i, alpha, shown.length);
  g.restore();
  return shown;
}

// How far a lost message is drawn: all the way when its receiver was down.
const RECEIVER_DOWN = DATA.drop_reasons.indexOf("receiver down");
function dropShare(i) {
  const m = MESSAGES;
  return m.dropped[i] && EVENTS.field[2][m.endEvent[i]] === RECEIVER_DOWN ? 0.9 : 0.38;
}

const labelled = [];  // names drawn so far: left, right, middle
function drawArrow(g, x, i, alpha, count) {
  const m = MESSAGES, dropped = m.dropped[i], flying = m.end[i] < 0;
  const y0 = laneY(m.from[i]), y1full = laneY(m.to[i]), x0 = x(m.sent[i]);
  let x1 = flying ? x0 + 12 : x(m.end[i]), y1 = y1full;
  if (dropped || flying) { y1 = y0 + (y1full - y0) * dropShare(i); if (x1 - x0 < 6) x1 = x0 + 6; }
  g.globalAlpha = alpha;
  g.strokeStyle = g.fillStyle = messageColor(i);
  g.lineWidth = count < 250 ? 1.3 : 1;
  if (dropped) g.setLineDash([3, 3]);
  g.beginPath(); g.moveTo(x0, y0); g.lineTo(x1, y1); g.stroke();
  g.setLineDash([]);
  if (count < HEADS_MAX && !dropped && !flying) {
    const angle = Math.atan2(y1 - y0, x1 - x0), size = count < 250 ? 7 : 5;
    g.beginPath();
    g.moveTo(x1, y1);
    g.lineTo(x1 - size * Math.cos(angle - 0.38), y1 - size * Math.sin(angle - 0.38));
    g.lineTo(x1 - size * Math.cos(angle + 0.38), y1 - size * Math.sin(angle + 0.38));
    g.fill();
  } else if (dropped && count < HEADS_MAX) {
    g.lineWidth = 1.6;
    g.beginPath(); g.moveTo(x1 - 3.5, y1 - 3.5); g.lineTo(x1 + 3.5, y1 + 3.5); g.moveTo(x1 + 3.5, y1 - 3.5); g.lineTo(x1 - 3.5, y1 + 3.5); g.stroke();
  }
  if (count < LABELS_MAX) {
    g.globalAlpha = 1;
    g.textAlign = "left";
    g.font = '10.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    const share = 0.3, text = MESSAGE_NAME(m.type[i]), tx = x0 + (x1 - x0) * share + 4, ty = y0 + (y1 - y0) * share;
    const half = g.measureText(text).width;
    if (labelled.some(([a, b, c]) => Math.abs(ty - c) < 12 && tx < b && a < tx + half)) { g.globalAlpha = 1; return; }
    labelled.push([tx, tx + half, ty]);
    g.strokeStyle = COLOR.lane;
    g.lineWidth = 3;
    g.strokeText(text, tx, ty);
    g.fillText(text, tx, ty);
  }
  g.globalAlpha = 1;
}

// Messages sent from and lost by each lane, per pixel column.
function drawDensity(g, x, width, first, last) {
  const columns = Math.ceil(width - GUTTER), sent = new Map(), lost = new Map();
  for (const l of LANES.values()) { sent.set(l.id, new Uint32Array(columns)); lost.set(l.id, new Uint32Array(columns)); }
  let most = 1;
  for (let i = first; i < last; ++i) {
    if (!messageShown(i)) continue;
    const column = Math.floor(x(MESSAGES.sent[i]) - GUTTER);
    const bins = sent.get(MESSAGES.from[i]);
    if (!bins || column < 0 || column >= columns) continue;
    most = Math.max(most, ++bins[column]);
    if (MESSAGES.dropped[i]) ++lost.get(MESSAGES.from[i])[column];
  }
  for (const l of LANES.values()) {
    const bins = sent.get(l.id), gone = lost.get(l.id), bottom = LANES_TOP + l.y + l.body, tall = l.server ? l.body / 2 - 12 : l.body - 4;
    const color = l.server ? COLOR.raft : COLOR.client;
    for (let c = 0; c < columns; ++c) {
      if (!bins[c]) continue;
      const h = Math.max(1, tall * Math.sqrt(bins[c] / most)), bad = h * gone[c] / bins[c];
      g.globalAlpha = l.server ? 0.75 : 0.35;
      g.fillStyle = color;
      g.fillRect(GUTTER + c, bottom - h, 1, h);
      if (gone[c]) { g.globalAlpha = 1; g.fillStyle = COLOR.bad; g.fillRect(GUTTER + c, bottom - Math.max(1, bad), 1, Math.max(1, bad)); }
    }
    g.globalAlpha = 1;
  }
}

function opBox(i, x, width) {
  const l = LANES.get(OPS.node[i]);
  if (!l) return null;
  const open = OPS.completed[i] < 0, x0 = x(OPS.invoked[i]), x1 = open ? x(END) : x(OPS.completed[i]);
  const h = Math.min(18, l.body - 6), middle = LANES_TOP + l.middle;
  // One that never completes may overlap all that follows: a thin line below the others.
  return { x0, x1: Math.max(x1, x0 + 1.5), y: open ? middle + h / 2 - 3 : middle - h / 2, h: open ? 4 : h, open };
}

function drawOperations(g, x, width) {
  let labels = 0;
  for (let i = 0; i < OPS.count; ++i) {
    if (OPS.invoked[i] > VIEW.to) break;
    if (OPS.completed[i] >= 0 && OPS.completed[i] < VIEW.from) continue;
    const b = opBox(i, x, width);
    if (!b) continue;
    const x0 = Math.max(b.x0, GUTTER), x1 = Math.min(b.x1, width);
    if (x1 <= x0) continue;
    const outcome = OUTCOMES[OPS.outcome[i]];
    g.fillStyle = COLOR[outcome];
    g.globalAlpha = outcome === "ok" ? 0.85 : outcome === "info" ? (b.open ? 0.5 : 0.3) : 0.6;
    g.fillRect(x0, b.y, x1 - x0, b.h);
    g.globalAlpha = 1;
    if (outcome === "info" && !b.open) { hatch(g, x0, x1, b.y, b.y + b.h, COLOR.info, 5, 1.3); }
    if (x1 - x0 > 3) { g.strokeStyle = COLOR[outcome]; g.lineWidth = 1; g.strokeRect(x0 + 0.5, b.y + 0.5, x1 - x0 - 1, b.h - 1); }
    if (b.open && b.x0 >= GUTTER) { g.fillStyle = COLOR.info; g.fillRect(b.x0, b.y - 10, 3, 14); }
    if (x1 - x0 > 42 && !b.open && labels++ < 400) {
      g.save();
      g.beginPath(); g.rect(x0, b.y, x1 - x0 - 3, b.h); g.clip();
      g.textAlign = "left";
      if (outcome === "info") { g.strokeStyle = COLOR.card; g.lineWidth = 3; g.strokeText(OPS.text[i], x0 + 5, b.y + b.h / 2 + 0.5); }
      g.fillStyle = outcome === "ok" ? COLOR.card : COLOR.ink;
      g.fillText(OPS.text[i], x0 + 5, b.y + b.h / 2 + 0.5);
      g.restore();
    }
  }
}

function drawEventMarks(g, x) {
  if (!FAILURE) return;
  for (const i of FAILURE.events) {
    const y = laneY(EVENTS.node[i]), px = x(EVENTS.at[i]);
    if (y === null || px < GUTTER) continue;
    g.strokeStyle = COLOR.bad;
    g.lineWidth = 2.5;
    g.beginPath(); g.arc(px, y, 8, 0, 7); g.stroke();
  }
}

let lastShown = [];
function drawSpacetime() {
  const started = performance.now();
  const { g, width, height } = prepare(canvas, STAGE_HEIGHT), x = scaleX(width);
  drawLanes(g, x, width);
  drawTimeAxis(g, x, width, AXIS_HEIGHT, height - AXIS_HEIGHT);
  drawFaults(g, x, width);
  drawSpans(g, x, width);
  drawClocks(g, x, width);
  drawCurve(g, x, width);
  drawBranches(g, x, width, height);
  if (DATA.run.freeze_ns > 0 && DATA.run.freeze_ns < END) {
    const px = x(DATA.run.freeze_ns);
    if (px > GUTTER && px < width) {
      g.strokeStyle = COLOR.accent;
      g.setLineDash([2, 4]);
      g.beginPath(); g.moveTo(px, AXIS_HEIGHT); g.lineTo(px, height); g.stroke();
      g.setLineDash([]);
      g.fillStyle = COLOR.accent;
      g.textAlign = px > width - 110 ? "right" : "left";
      g.fillText("faults freeze", px + (px > width - 110 ? -4 : 4), height - 8);
    }
  }
  lastShown = drawMessages(g, x, width);
  drawOperations(g, x, width);
  drawEventMarks(g, x);
  drawCriticals(g, x, width);
  placeMarks(x, width);
  DRAWN.milliseconds = performance.now() - started;
}
