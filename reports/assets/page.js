// Tables, and the start of it all.
function table(box, heads, rows, onClick) {
  const t = element("table"), head = element("tr");
  for (const h of heads) head.append(element("th", h.replace(/^#/, ""), h[0] === "#" ? "n" : ""));
  t.append(head);
  rows.forEach((row, i) => {
    const tr = element("tr");
    row.forEach((cell, c) => {
      const [text, name] = Array.isArray(cell) ? cell : [cell, ""];
      tr.append(element("td", String(text), (heads[c][0] === "#" ? "n " : "") + name));
    });
    if (onClick) { tr.className = "go"; tr.addEventListener("click", () => onClick(i)); }
    t.append(tr);
  });
  box.replaceChildren(t);
}

function fillHeader() {
  const r = DATA.run, badge = byId("badge");
  badge.textContent = { fail: "\u2717 FAIL", pass: "\u2713 PASS", unknown: "? UNKNOWN" }[r.outcome];
  badge.classList.add(r.outcome);
  byId("scenario").textContent = `${r.scenario}   seed ${r.seed}`;
  byId("signature").textContent = r.signature || (r.outcome === "pass" ? "every claim holds" : "");
  const facts = [["simulated", formatDuration(r.simulated_ns)], ["wall time", r.wall_seconds > 0 ? formatDuration(r.wall_seconds * 1e9) : ""],
    ["nodes", String(DATA.nodes.filter((n) => n.role !== "client" && n.role !== "admin").length) + " + " + DATA.nodes.filter((n) => n.role === "client").length + " clients"],
    ["operations", formatCount(OPS.count)], ["faults", formatCount(DATA.faults.length)], ["events", formatCount(r.events)],
    ["messages sent", formatCount(r.messages_sent)], ["dropped", formatCount(r.messages_dropped)], ["restarts", formatCount(r.restarts)],
    ["defect planted", r.defect === "none" ? "" : r.defect], ["shrunk from", r.shrunk_from], ["digest", r.digest], ["build", r.build_id],
    ["config", r.config_hash], ["made", r.generated_at]];
  for (const [name, value] of facts) {
    if (!value) continue;
    const div = element("div");
    div.append(element("span", name), element("b", value, name === "digest" ? "mono" : ""));
    byId("facts").append(div);
  }
  if (r.replay_command) { byId("replay-box").hidden = false; byId("replay").textContent = r.replay_command; }
  if (r.story) { byId("story-box").hidden = false; byId("story").textContent = r.story; }
  byId("copy").addEventListener("click", () => navigator.clipboard?.writeText(r.replay_command).then(() => { byId("copy").textContent = "Copied"; }, () => {}));
  const notes = [];
  if (!EVENTS.count) notes.push("This run recorded no trace: replay it with a trace to see messages.");
  if (r.trace_truncated) notes.push("The trace reached its limit and ends early.");
  if (r.events_cut) notes.push(`Shown: ${formatCount(EVENTS.count)} of ${formatCount(r.events_total)} events, the ones nearest to the violation.`);
  if (r.operations_cut) notes.push(`Shown: the first ${formatCount(OPS.count)} of ${formatCount(r.operations_total)} operations.`);
  if (LANES.hidden) notes.push(`${LANES.hidden} quiet nodes are not drawn.`);
  if (notes.length) { byId("trace-note").hidden = false; byId("trace-note").textContent = notes.join(" "); }
}

function fillClaims() {
  const order = { fail: 0, unknown: 1, pass: 2 };
  for (const c of [...DATA.claims].sort((a, b) => order[a.outcome] - order[b.outcome])) {
    const div = element("div", undefined, "claim " + c.outcome);
    div.append(element("b", { fail: "\u2717 fail", pass: "\u2713 pass", unknown: "? unknown" }[c.outcome], "o"), element("b", c.signature && c.outcome !== "pass" ? c.signature : c.claim));
    if (c.explanation && c.outcome !== "pass") div.append(element("p", c.explanation));
    byId("claims").append(div);
  }
  if (!DATA.claims.length) byId("claims").textContent = "No claim was checked.";
}

function goTo(from, to) {
  const pad = Math.max((to - from) * 0.3, 1e7);
  setView(from - pad, to + pad);
  byId("picture").scrollIntoView({ block: "start" });
}

function fillTables() {
  const witness = FAILURE ? FAILURE.operations : [];
  if (witness.length) {
    byId("witness-box").hidden = false;
    table(byId("witness"), ["operation", "process", "what", "outcome", "#invoked", "#completed", "#latency"], witness.slice(0, 200).map((i) => [i, OPS.process[i], [OPS.text[i], "mono"],
      [OUTCOMES[OPS.outcome[i]], "o-" + OUTCOMES[OPS.outcome[i]]], formatTime(OPS.invoked[i]), OPS.completed[i] < 0 ? "never" : formatTime(OPS.completed[i]),
      OPS.completed[i] < 0 ? "" : formatDuration(OPS.completed[i] - OPS.invoked[i])]),
      (row) => goTo(OPS.invoked[witness[row]], OPS.completed[witness[row]] < 0 ? OPS.invoked[witness[row]] : OPS.completed[witness[row]]));
  }
  const faults = FAULTS.slice(0, 2000);
  if (faults.length) table(byId("faults"), ["#at", "#for", "fault", "on"], faults.map((f) => [formatTime(f.at_ns, 3), f.duration_ns > 0 ? formatDuration(f.duration_ns) : "", f.name, [f.detail, ""]]),
    (i) => goTo(faults[i].at_ns, faults[i].end));
  else byId("faults").textContent = "No fault was planned.";
  if (DATA.sometimes.length) table(byId("sometimes"), ["claim", "#times"], DATA.sometimes.map(([name, count]) => [name, count ? formatCount(count) : ["never", "never"]]));
  else byId("sometimes").textContent = "Nothing was counted.";
  const plan = element("div", undefined, "plan");
  for (const group of DATA.plan) {
    const box = element("div"), list = element("dl");
    box.append(element("h2", group.title));
    for (const [name, value] of group.rows) list.append(element("dt", name), element("dd", value));
    box.append(list);
    plan.append(box);
  }
  byId("plan").append(plan);
}

const EVENT_ROWS_MAX = 250;
let eventsFrom = null;
function showEventsFrom(t) { eventsFrom = t; fillEvents(); }
function describeEvent(i) {
  const info = KINDS.get(EVENTS.kind[i]);
  if (!info) return "";
  return info.fields.map((name, k) => {
    if (!name || name === "checksum" || name === "state_digest") return "";
    const v = EVENTS.field[k][i];
    if (name === "role") return `role=${["follower", "pre-candidate", "candidate", "leader"][v] ?? v}`;
    if (name === "type") return `type=${MESSAGE_NAME(v)}`;
    if (name === "reason" && info.name === "message_dropped") return `reason=${DATA.drop_reasons[v] || v}`;
    if (name === "cause") return `cause=${DATA.crash_causes[v] || v}`;
    return name.endsWith("_ns") ? `${name.slice(0, -3)}=${formatDuration(v)}` : `${name}=${v}`;
  }).filter(Boolean).join(" ");
}
function fillEvents() {
  const from = eventsFrom ?? VIEW.from, words = byId("event-filter").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [], positions = [];
  let i = lowerBound(EVENTS.at, from), more = false;
  for (; i < EVENTS.count && (eventsFrom !== null || EVENTS.at[i] <= VIEW.to); ++i) {
    const kind = KINDS.get(EVENTS.kind[i])?.name ?? String(EVENTS.kind[i]), node = nodeName(EVENTS.node[i]);
    let text = null;
    if (words.length) {
      text = describeEvent(i);
      const line = `${node} ${kind} ${text}`.toLowerCase();
      if (!words.every((w) => line.includes(w))) continue;
    }
    if (rows.length >= EVENT_ROWS_MAX) { more = true; break; }
    rows.push([[formatTime(EVENTS.at[i]), "mono t"], [node, "mono"], [kind, "mono"], [text ?? describeEvent(i), "mono"]]);
    positions.push(i);
  }
  byId("event-count").textContent = (more ? `first ${EVENT_ROWS_MAX}` : `${rows.length}`) + ` from ${formatTime(from)}`;
  table(byId("events"), ["time", "node", "kind", "fields"], rows);
}

function fillLegend() {
  const items = [["raft", "server message"], ["vote", "vote, candidate"], ["client", "client message"], ["bad", "dropped \u2717, violation"], ["fault", "fault"], ["down", "down"], ["pause", "paused"],
    ["ok", "operation ok"], ["fail", "fail (did not happen)"], ["info", "info (nobody knows)"]];
  if (SKEW_MAX) items.push(["skew", `wall clock off true time, up to ${formatDuration(SKEW_MAX)} (the strip under a line: log scale, ahead is up; hatched: frozen)`]);
  if (DATA.branches.length) items.push(["branch", "branch: other dice from here"]);
  if (CRITICALS.length) items.push(["accent", "\u2460 decided the failure"]);
  byId("legend").replaceChildren(...items.map(([color, text]) => {
    const span = element("span"), swatch = element("i");
    swatch.style.background = COLOR[color];
    if (color === "fault") swatch.style.border = "1px solid " + COLOR.bad;
    span.append(swatch, text);
    return span;
  }));
}

function start() {
  fillHeader();
  fillClaims();
  fillTables();
  fillConvergence();
  fillGluings();
  fillExplanation();
  makeMarks();
  followTheme(() => { readColors(); fillLegend(); requestDraw(); });
  byId("zoom-in").addEventListener("click", () => zoomAt((VIEW.from + VIEW.to) / 2, 0.5));
  byId("zoom-out").addEventListener("click", () => zoomAt((VIEW.from + VIEW.to) / 2, 2));
  byId("zoom-all").addEventListener("click", () => setView(0, END));
  byId("zoom-failure").hidden = !FAILURE;
  byId("zoom-failure").addEventListener("click", showFailure);
  for (const name of ["servers", "clients", "dropped", "clocks"]) {
    byId("show-" + name).addEventListener("change", (e) => { SHOW[name] = e.target.checked; requestDraw(); });
  }
  wirePointer();
  let pending = 0;
  const later = () => { clearTimeout(pending); pending = setTimeout(() => { if (eventsFrom !== null && (eventsFrom < VIEW.from || eventsFrom > VIEW.to)) eventsFrom = null; fillEvents(); }, 120); };
  VIEW.listeners.push(drawSpacetime, drawOverview, drawCharts, later);
  byId("event-filter").addEventListener("input", later);
  addEventListener("resize", requestDraw);
  if (FAILURE) showFailure(); else setView(0, END);
  for (const draw of VIEW.listeners) draw();
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView({ block: "center" });
  window.worknodeReport = { DRAWN, VIEW, setView, END, EVENTS, MESSAGES, OPS, draw: drawSpacetime };
  document.documentElement.dataset.ready = "1";
}
start();
