// Decodes the embedded data: columns of zigzag varints in base64 (written by reports/encode.cpp).

function decodeColumn(text, count, delta) {
  const raw = atob(text);
  const out = new Float64Array(count);
  let at = 0, last = 0;
  for (let i = 0; i < count; ++i) {
    let value = 0, scale = 1, byte;
    do {
      byte = raw.charCodeAt(at++);
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte & 128);
    const odd = value % 2;
    value = odd ? -(value + 1) / 2 : value / 2;
    if (delta) { last += value; out[i] = last; } else { out[i] = value; }
  }
  return out;
}

const EVENTS = (() => {
  const e = DATA.events, n = e.count;
  return {
    count: n, at: decodeColumn(e.at, n, true), node: decodeColumn(e.node, n, false), kind: decodeColumn(e.kind, n, false),
    field: e.fields.map((f) => decodeColumn(f, n, false)),
  };
})();
const KINDS = new Map(DATA.kinds.map(([number, name, fields]) => [number, { name, fields }]));
const MESSAGE_TYPES = new Map(DATA.message_types);

// Messages as columns, in the order of sending. end < 0: still in flight when the trace ends.
const MESSAGES = (() => {
  const m = DATA.messages, n = m.count;
  const sent = decodeColumn(m.sent, n, true), end = decodeColumn(m.end, n, false);
  const out = { count: n, sent: new Float64Array(n), end: new Float64Array(n), from: new Int32Array(n), to: new Int32Array(n),
    type: new Int32Array(n), dropped: new Uint8Array(n), event: sent, endEvent: new Int32Array(n), longest: 0 };
  for (let i = 0; i < n; ++i) {
    const s = sent[i], e = end[i] < 0 ? -1 : s + end[i];
    out.sent[i] = EVENTS.at[s];
    out.end[i] = e < 0 ? -1 : EVENTS.at[e];
    out.from[i] = EVENTS.node[s];
    out.to[i] = EVENTS.field[0][s];
    const isSending = KINDS.get(EVENTS.kind[s])?.name === "message_sent";
    out.type[i] = isSending ? EVENTS.field[4][s] : -1;
    out.dropped[i] = e >= 0 && KINDS.get(EVENTS.kind[e])?.name === "message_dropped" ? 1 : 0;
    out.endEvent[i] = e;
    if (e >= 0) out.longest = Math.max(out.longest, out.end[i] - out.sent[i]);
  }
  return out;
})();

const OPS = (() => {
  const o = DATA.operations, n = o.count;
  const invoked = decodeColumn(o.invoked, n, true), lasted = decodeColumn(o.lasted, n, false);
  const out = { count: n, process: decodeColumn(o.process, n, false), node: decodeColumn(o.node, n, false), outcome: decodeColumn(o.outcome, n, false), invoked,
    completed: new Float64Array(n), text: o.text };
  for (let i = 0; i < n; ++i) out.completed[i] = lasted[i] < 0 ? -1 : invoked[i] + lasted[i];
  return out;
})();
const OUTCOMES = { 1: "ok", 2: "fail", 3: "info" };

// First position whose value is >= x in an ascending array.
function lowerBound(array, x) {
  let low = 0, high = array.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (array[mid] < x) low = mid + 1; else high = mid;
  }
  return low;
}

function formatDuration(ns) {
  const a = Math.abs(ns);
  if (a >= 9.2e18) return "never healed";
  // So much since 1970 is a reading of a wall clock (a lease that is wrongly measured on it, say).
  if (a >= 1e18) return new Date(ns / 1e6).toISOString();
  if (a >= 1e9) return (ns / 1e9).toFixed(a >= 1e11 ? 0 : a >= 1e10 ? 2 : 3) + " s";
  if (a >= 1e6) return (ns / 1e6).toFixed(a >= 1e8 ? 0 : a >= 1e7 ? 1 : 2) + " ms";
  if (a >= 1e3) return (ns / 1e3).toFixed(a >= 1e5 ? 0 : 1) + " \u00b5s";
  return Math.round(ns) + " ns";
}
function formatTime(ns, digits = 6) { return (ns / 1e9).toFixed(digits) + "s"; }
function nodeName(id) { return id === 0 ? "world" : "n" + id; }
const NODE_ROLES = new Map(DATA.nodes.map((n) => [n.id, n.role]));
const MESSAGE_NAME = (type) => MESSAGE_TYPES.get(type) ?? (type < 0 ? "message" : "type " + type);
