// How far each replica of a realm was behind, and who is in sync with whom.
const convergenceCanvas = document.getElementById("convergence"), CONVERGENCE = DATA.convergence;

function drawConvergence() {
  if (!CONVERGENCE.nodes.length) return;
  const height = 130, { g, width, x } = chartFrame(convergenceCanvas, height, "updates behind");
  const samples = CONVERGENCE.samples, lines = CONVERGENCE.behind.map((text) => decodeColumn(text, samples, true));
  const first = Math.max(0, Math.floor(VIEW.from / END * samples) - 1), last = Math.min(samples, Math.ceil(VIEW.to / END * samples) + 1);
  let most = 1;
  for (const line of lines) for (let i = first; i < last; ++i) most = Math.max(most, line[i]);
  const y = (v) => height - 4 - (height - 30) * v / most;
  g.fillStyle = COLOR.soft;
  g.textAlign = "right";
  g.fillText(formatCount(most), GUTTER - 6, y(most));
  g.fillText("0", GUTTER - 6, y(0) - 2);
  const hues = [COLOR.raft, COLOR.info, COLOR.vote, COLOR.bad, COLOR.ink, COLOR.down];
  g.globalAlpha = lines.length > 8 ? 0.4 : 0.95;
  lines.forEach((line, n) => {
    g.strokeStyle = lines.length > 8 ? COLOR.raft : hues[n % hues.length];
    g.lineWidth = 1.3;
    g.beginPath();
    for (let i = first; i < last; ++i) {
      const x0 = Math.max(x(END * (i + 1) / samples), GUTTER), x1 = Math.min(Math.max(x(END * (i + 2) / samples), GUTTER), width);
      if (i === first) g.moveTo(x0, y(line[i])); else g.lineTo(x0, y(line[i]));
      g.lineTo(x1, y(line[i]));
    }
    g.stroke();
  });
  g.globalAlpha = 1;
  if (lines.length > 8) return;
  g.textAlign = "left";
  CONVERGENCE.nodes.forEach((node, n) => {
    g.fillStyle = hues[n % hues.length];
    g.fillText(nodeName(node), GUTTER + 6 + 34 * n, 24);
  });
}

function fillConvergence() {
  if (!CONVERGENCE.nodes.length) return;
  document.getElementById("convergence-box").hidden = false;
  const since = new Map(CONVERGENCE.in_sync.map(([node, peer, at]) => [`${node} ${peer}`, at]));
  const shown = CONVERGENCE.nodes.slice(0, 24);
  table(document.getElementById("in-sync"), ["in sync", ...shown.map((n) => "#with " + nodeName(n))],
    shown.map((node) => [[nodeName(node), "mono"], ...shown.map((peer) => {
      if (peer === node) return "";
      const at = since.get(`${node} ${peer}`);
      return at === undefined ? ["never", "never"] : "since " + formatTime(at, 3);
    })]));
}
