// The page of a sweep: tables and three small charts, drawn from the embedded sums.
const short = (path) => path.split("/").pop().replace(/\.toml$/, "");
const percent = (x) => (x >= 0.1 ? (100 * x).toFixed(0) : (100 * x).toPrecision(2)) + " %";
function seconds(s) {
  if (s >= 3600) return (s / 3600).toFixed(1) + " h";
  if (s >= 60) return (s / 60).toFixed(1) + " min";
  return s >= 0.1 || s === 0 ? s.toFixed(2) + " s" : (s * 1e3).toPrecision(3) + " ms";
}

// A table whose rows are { cells, keys }: a cell is a text, a node, or [text, class]; a key is what a column sorts by.
function table(box, heads, rows) {
  const t = element("table"), head = element("tr");
  let sorted = -1, up = false;
  const body = () => rows.map((row) => {
    const tr = element("tr");
    row.cells.forEach((cell, c) => {
      const [what, name] = Array.isArray(cell) ? cell : [cell, ""], td = element("td", undefined, [heads[c][0] === "#" ? "n" : "", name].join(" ").trim());
      if (what instanceof Node) td.append(what); else td.textContent = what;
      tr.append(td);
    });
    return tr;
  });
  heads.forEach((h, c) => {
    const th = element("th", h.replace(/^#/, ""), (h[0] === "#" ? "n" : "") + (rows[0]?.keys ? " sort" : ""));
    if (rows[0]?.keys) {
      th.addEventListener("click", () => {
        up = sorted === c ? !up : typeof rows[0].keys[c] === "string";
        sorted = c;
        rows.sort((a, b) => (a.keys[c] < b.keys[c] ? -1 : a.keys[c] > b.keys[c] ? 1 : 0) * (up ? 1 : -1));
        t.replaceChildren(head, ...body());
      });
    }
    head.append(th);
  });
  t.append(head, ...body());
  box.replaceChildren(t);
}

function shareBar(passed, failed, all) {
  const bar = element("span", undefined, "share");
  bar.title = `${passed} pass, ${failed} fail, ${all - passed - failed} unknown`;
  for (const [n, name] of [[passed, "passed-i"], [failed, "failed-i"], [all - passed - failed, "unknown-i"]]) {
    if (!n) continue;
    const part = element("i", undefined, name);
    part.style.width = Math.max(100 * n / all, 1.5) + "%";
    bar.append(part);
  }
  return bar;
}

// Charts. The name space is taken from an empty picture, so that no address stands in this file.
const SPACE = (() => { const d = element("div"); d.innerHTML = "<svg></svg>"; return d.firstElementChild.namespaceURI; })();
function svg(tag, attributes, text) {
  const e = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  if (text !== undefined) e.textContent = text;
  return e;
}
const WIDE = 420, TALL = 170, LEFT = 46, BOTTOM = 20, RIGHT = 10, TOP = 10;
function frame(xName, yMost) {
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, class: "chart", role: "img" });
  for (const share of [0, 0.5, 1]) {
    const y = TALL - BOTTOM - (TALL - BOTTOM - TOP) * share;
    picture.append(svg("line", { x1: LEFT, x2: WIDE - RIGHT, y1: y, y2: y, class: "axis" }),
      svg("text", { x: LEFT - 5, y: y + 4, "text-anchor": "end" }, formatCount(+(yMost * share).toPrecision(3))));
  }
  picture.append(svg("text", { x: WIDE - RIGHT, y: TALL - 4, "text-anchor": "end" }, xName));
  return picture;
}
const HUES = ["raft", "vote", "info", "good", "bad", "soft"];
// Lines of [x, y] points; over eight of them, all in one colour and none named.
function lines(box, series, xName) {
  const xs = series.flatMap((s) => s.points.map((p) => p[0])), most = Math.max(1, ...series.flatMap((s) => s.points.map((p) => p[1])));
  const low = Math.min(...xs), high = Math.max(...xs, low + 1), picture = frame(xName, most), few = series.length <= 8;
  series.forEach((s, n) => {
    const at = s.points.map(([x, y]) => `${(LEFT + (WIDE - LEFT - RIGHT) * (x - low) / (high - low)).toFixed(1)},${(TALL - BOTTOM - (TALL - BOTTOM - TOP) * y / most).toFixed(1)}`);
    const line = svg("polyline", { points: at.join(" "), fill: "none", "stroke-width": few ? 1.8 : 1, opacity: few ? 1 : 0.5 });
    line.style.stroke = `var(--${few ? HUES[n % HUES.length] : "raft"})`;
    line.append(svg("title", {}, `${s.name}: ${formatCount(Math.round(s.points[s.points.length - 1][1]))}`));
    picture.append(line);
  });
  picture.append(svg("text", { x: LEFT, y: TALL - 4 }, formatCount(low)));
  box.replaceChildren(picture);
  if (!few || series.length < 2) return;
  series.forEach((s, n) => {
    const item = element("span", undefined, "series"), swatch = element("i");
    swatch.style.background = `var(--${HUES[n % HUES.length]})`;
    item.append(swatch, s.name);
    box.append(item);
  });
}
function histogram(box, bins) {
  const most = Math.max(1, ...bins.map((b) => b[1])), picture = frame("", most), step = (WIDE - LEFT - RIGHT) / bins.length;
  bins.forEach(([from, count], i) => {
    const tall = (TALL - BOTTOM - TOP) * count / most, bar = svg("rect", { x: LEFT + i * step + 0.5, y: TALL - BOTTOM - tall, width: Math.max(step - 1, 1), height: tall, class: "bar" });
    bar.append(svg("title", {}, `${formatCount(count)} seeds from ${seconds(from)}`));
    picture.append(bar);
    if (i % Math.ceil(bins.length / 5) === 0) picture.append(svg("text", { x: LEFT + i * step, y: TALL - 4 }, seconds(from)));
  });
  box.replaceChildren(picture);
}

function fillHead() {
  const d = DATA, bad = d.failed + d.nondeterministic > 0, missing = d.scenarios.some((s) => s.missing.length), badge = byId("badge");
  const word = bad ? "fail" : d.unknown || d.troubled || missing || !d.seeds ? "unknown" : "pass";
  badge.textContent = { fail: "\u2717 FAIL", unknown: "? LOOK", pass: "\u2713 PASS" }[word];
  badge.classList.add(word);
  byId("title").textContent = d.title;
  byId("sub").textContent = `${formatCount(d.seeds)} seeds of ${d.scenarios.length} scenario${d.scenarios.length === 1 ? "" : "s"}`;
  const facts = [["passed", formatCount(d.passed)], ["failed", formatCount(d.failed)], ["unknown", formatCount(d.unknown)],
    ["errors of our own", d.troubled ? formatCount(d.troubled) : ""], ["run twice", formatCount(d.twice)], ["differed when run twice", d.nondeterministic ? formatCount(d.nondeterministic) : ""],
    ["core time", seconds(d.core_seconds)], ["seeds/s of one core", d.core_seconds ? (d.seeds / d.core_seconds).toPrecision(3) : ""],
    ["seeds a core-hour", d.core_seconds ? formatCount(Math.round(3600 * d.seeds / d.core_seconds)) : ""], ["simulated", seconds(d.simulated_seconds)],
    ["events", formatCount(d.events)], ["operations ok", formatCount(d.operations_ok)], ["build", d.build_id]];
  for (const [name, value] of facts) {
    if (!value) continue;
    const div = element("div");
    div.append(element("span", name), element("b", value));
    byId("facts").append(div);
  }
}

function fillFailures() {
  if (DATA.troubles.length) { byId("troubles-box").hidden = false; byId("troubles").textContent = DATA.troubles.join("\n"); }
  if (!DATA.groups.length) return;
  byId("groups-box").hidden = false;
  const most = DATA.groups[0].count;
  table(byId("groups"), ["#seeds", "", "signature", "first", "replay"], DATA.groups.map((g) => {
    const bar = element("span", undefined, "share"), part = element("i", undefined, "failed-i");
    part.style.width = Math.max(100 * g.count / most, 2) + "%";
    bar.append(part);
    return { cells: [formatCount(g.count), bar, [g.signature, "bad"], `${short(g.scenario)} seed ${g.seed}`, [g.replay, "mono"]] };
  }));
  byId("failures-title").textContent = `${formatCount(DATA.failures.length)}${DATA.failures.length < DATA.failed ? " of " + formatCount(DATA.failed) : ""} failing seeds`;
  table(byId("failures"), ["scenario", "#seed", "signature"], DATA.failures.map(([scenario, seed, signature]) => ({
    cells: [short(scenario), seed, signature], keys: [short(scenario), Number(seed), signature] })));
}

function fillCharts() {
  const curves = DATA.scenarios.filter((s) => s.curve.length > 1).map((s) => ({ name: short(s.name), points: s.curve }));
  if (curves.length) { byId("behaviours-box").hidden = false; lines(byId("behaviours"), curves, "seed"); }
  if (DATA.failed && DATA.found.length > 1) { byId("found-box").hidden = false; lines(byId("found"), [{ name: "failing seeds", points: DATA.found }], `${formatCount(DATA.seeds)} seeds`); }
  if (DATA.durations.length) { byId("durations-box").hidden = false; histogram(byId("durations"), DATA.durations); }
}

function fillScenarios() {
  const some = (read) => DATA.scenarios.some(read), bounds = some((s) => s.bound >= 0), strategies = some((s) => s.strategy), curves = some((s) => s.curve.length);
  const heads = ["scenario", ...(strategies ? ["strategy"] : []), "#seeds", "", "#fail", ...(bounds ? ["#fails at most (95 %)"] : []),
    ...(curves ? ["#behaviours"] : []), "#seeds/s of a core", "#events a seed", "#never exercised"];
  table(byId("scenarios"), heads, DATA.scenarios.map((s) => {
    const rate = s.wall_us ? s.seeds / s.wall_us * 1e6 : 0, events = s.seeds ? s.events / s.seeds : 0, seen = s.curve.length ? s.curve[s.curve.length - 1][1] : 0;
    const name = element("span", short(s.name));
    name.title = s.name;
    return {
      cells: [name, ...(strategies ? [s.strategy] : []), formatCount(s.seeds), shareBar(s.passed, s.failed, s.seeds), [formatCount(s.failed), s.failed ? "bad" : ""],
        ...(bounds ? [s.bound < 0 ? "" : percent(s.bound)] : []), ...(curves ? [formatCount(Math.round(seen))] : []), rate.toPrecision(3), formatCount(Math.round(events)), [s.missing.length || "", "warn"]],
      keys: [short(s.name), ...(strategies ? [s.strategy] : []), s.seeds, s.passed / Math.max(s.seeds, 1), s.failed, ...(bounds ? [s.bound] : []), ...(curves ? [seen] : []), rate, events, s.missing.length],
    };
  }));
  const claims = DATA.scenarios.flatMap((s) => [...s.missing.map((name) => [s, name, 0]), ...s.sometimes.filter(([name]) => !s.missing.includes(name)).map(([name, count]) => [s, name, count])]);
  claims.sort((a, b) => (a[2] > 0) - (b[2] > 0));
  if (!claims.length) { byId("sometimes").textContent = "Nothing was counted."; return; }
  table(byId("sometimes"), ["claim", "scenario", "#times"], claims.map(([s, name, count]) => ({ cells: [name, short(s.name), count ? formatCount(count) : ["never", "never"]], keys: [name, short(s.name), count] })));
}

fillHead();
fillFailures();
fillCharts();
fillScenarios();
followTheme(() => {});
document.documentElement.dataset.ready = "1";
