// Where the run's dice changed (branches), how likely the failure was at each moment, and what decided it.
const AXIS_HEIGHT = 22;
const EXPLANATION = DATA.explanation || { curve: [], criticals: [], ranking: [], says: "" };
const CURVE = EXPLANATION.curve, CURVE_HEIGHT = CURVE.length > 1 ? 56 : 0;
const CRITICALS = EXPLANATION.criticals.filter((c) => c.event < EVENTS.count);
const BRANCH_NEAR = 5;  // pixels

// Wilson's interval at 95 %: honest at few futures, and at shares of 0 and 1.
function shareBounds(futures, failed) {
  if (!futures) return [0, 1];
  const z = 1.96, p = failed / futures, d = 1 + z * z / futures, middle = (p + z * z / (2 * futures)) / d;
  const half = z / d * Math.sqrt(p * (1 - p) / futures + z * z / (4 * futures * futures));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function drawCurve(g, x, width) {
  if (!CURVE_HEIGHT) return;
  const top = AXIS_HEIGHT + 4, tall = CURVE_HEIGHT - 12, y = (share) => top + 3 + (tall - 6) * (1 - share);
  g.fillStyle = COLOR["lane-client"];
  g.fillRect(GUTTER, top, width - GUTTER, tall);
  g.fillStyle = COLOR.soft;
  g.textAlign = "right";
  g.font = '10px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  g.fillText("P(fail) 1", GUTTER - 8, top + 4);
  g.fillText("0", GUTTER - 8, top + tall - 3);
  g.save();
  g.beginPath(); g.rect(GUTTER, top, width - GUTTER, tall); g.clip();
  g.fillStyle = COLOR.fault;
  g.beginPath();
  CURVE.forEach(([at, futures, failed], i) => { const py = y(shareBounds(futures, failed)[1]); if (i) g.lineTo(x(at), py); else g.moveTo(x(at), py); });
  [...CURVE].reverse().forEach(([at, futures, failed]) => g.lineTo(x(at), y(shareBounds(futures, failed)[0])));
  g.fill();
  g.strokeStyle = g.fillStyle = COLOR.bad;
  g.lineWidth = 1.8;
  g.beginPath();
  CURVE.forEach(([at, futures, failed], i) => { const py = y(futures ? failed / futures : 0); if (i) g.lineTo(x(at), py); else g.moveTo(x(at), py); });
  g.stroke();
  const shown = CURVE.filter(([at]) => at >= VIEW.from && at <= VIEW.to);
  if (shown.length < 120) for (const [at, futures, failed] of shown) { g.beginPath(); g.arc(x(at), y(futures ? failed / futures : 0), 2.5, 0, 7); g.fill(); }
  g.restore();
  g.font = '11.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
}

function drawBranches(g, x, width, height) {
  let until = -Infinity;
  for (const b of DATA.branches) {
    const px = x(b.at_ns);
    if (px < GUTTER || px > width) continue;
    g.strokeStyle = g.fillStyle = COLOR.branch;
    g.lineWidth = 1.5;
    g.setLineDash([7, 3, 1.5, 3]);
    g.beginPath(); g.moveTo(px, AXIS_HEIGHT); g.lineTo(px, height - 16); g.stroke();
    g.setLineDash([]);
    g.beginPath(); g.moveTo(px, AXIS_HEIGHT - 5); g.lineTo(px + 5, AXIS_HEIGHT); g.lineTo(px, AXIS_HEIGHT + 5); g.lineTo(px - 5, AXIS_HEIGHT); g.fill();
    const text = "branch: seed " + b.seed, wide = g.measureText(text).width, left = Math.min(px + 5, width - wide - 4);
    if (left < until) continue;
    g.textAlign = "left";
    g.fillText(text, left, height - 8);
    until = left + wide + 6;
  }
}

function drawCriticals(g, x, width) {
  CRITICALS.forEach((c, n) => {
    const px = x(EVENTS.at[c.event]), y = laneY(EVENTS.node[c.event]);
    if (y === null || px < GUTTER || px > width) return;
    g.fillStyle = COLOR.card;
    g.strokeStyle = COLOR.accent;
    g.lineWidth = 2.5;
    g.beginPath(); g.arc(px, y, 10, 0, 7); g.fill(); g.stroke();
    g.fillStyle = COLOR.accent;
    g.textAlign = "center";
    g.font = '600 11.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    g.fillText(String(n + 1), px, y + 0.5);
    g.font = '11.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  });
}

// What a pointer at this place is told of all that, if anything.
function explanationAt(px, py, x) {
  const n = CRITICALS.findIndex((c) => Math.hypot(x(EVENTS.at[c.event]) - px, (laneY(EVENTS.node[c.event]) ?? Infinity) - py) < 11);
  if (n >= 0) return `${n + 1}: ${CRITICALS[n].says}\nat ${formatTime(EVENTS.at[CRITICALS[n].event])}`;
  const branch = DATA.branches.find((b) => Math.abs(x(b.at_ns) - px) < BRANCH_NEAR);
  if (branch && py < FAULTS_TOP) return `branch at ${formatTime(branch.at_ns)}\nfrom here on the dice are those of seed ${branch.seed}`;
  if (CURVE_HEIGHT && py >= AXIS_HEIGHT && py < AXIS_HEIGHT + CURVE_HEIGHT) {
    let best = CURVE[0];
    for (const p of CURVE) if (Math.abs(x(p[0]) - px) < Math.abs(x(best[0]) - px)) best = p;
    const [low, high] = shareBounds(best[1], best[2]).map((s) => (100 * s).toFixed(0));
    return `${best[2]} of ${best[1]} futures from ${formatTime(best[0], 3)} fail\nP(fail) ${low} to ${high} % (95 %)`;
  }
  return null;
}

function fillExplanation() {
  if (!DATA.explanation) return;
  document.getElementById("explanation-box").hidden = false;
  document.getElementById("explanation-says").textContent = EXPLANATION.says;
  const ranking = EXPLANATION.ranking, box = document.getElementById("ranking");
  if (ranking.length) {
    table(box, ["#effect", "without it", "#at"], ranking.map((r) => [(100 * r.effect).toFixed(0) + " %", r.what, r.at_ns < 0 ? "" : formatTime(r.at_ns, 3)]),
      (i) => ranking[i].at_ns >= 0 && goTo(ranking[i].at_ns, ranking[i].at_ns + 1e8));
    box.title = "by how much the probability of failure falls without it";
  }
  if (CRITICALS.length) {
    table(document.getElementById("criticals"), ["#no.", "decided it", "on", "#at"], CRITICALS.map((c, n) => [n + 1, c.says, [nodeName(EVENTS.node[c.event]), "mono"], formatTime(EVENTS.at[c.event])]),
      (i) => goTo(EVENTS.at[CRITICALS[i].event] - 1e8, EVENTS.at[CRITICALS[i].event] + 1e8));
  }
}
