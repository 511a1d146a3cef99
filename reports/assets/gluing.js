// What replicas glued when partitions healed: sections as a ring, who agrees with whom, what stands against it.
const GLUINGS = (DATA.gluings || []).map((text) => JSON.parse(text)).filter((g) => g.sections);

// The page holds an empty picture, which knows the name space: no address stands in this file.
const SVG_SPACE = document.getElementById("gluing-picture").firstElementChild.namespaceURI;

function svgElement(tag, attributes, text) {
  const e = document.createElementNS(SVG_SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  if (text !== undefined) e.textContent = text;
  return e;
}

function drawGluing(g) {
  const size = 300, middle = size / 2, ring = g.sections.length > 1 ? size / 2 - 40 : 0;
  const svg = svgElement("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, role: "img",
    "aria-label": `${g.sections.length} sections, ${g.obstructions.length} obstructions` });
  const place = (i) => {
    const angle = 2 * Math.PI * i / g.sections.length - Math.PI / 2;
    return [middle + ring * Math.cos(angle), middle + ring * Math.sin(angle)];
  };
  const line = (from, to, name, title, width) => {
    const [x1, y1] = place(from), [x2, y2] = place(to);
    const e = svgElement("line", { x1, y1, x2, y2, class: name, "stroke-width": width });
    e.append(svgElement("title", {}, title));
    svg.append(e);
  };
  const name = (i) => nodeName(g.sections[i]);
  for (const [from, to, differs, distance] of g.edges) {
    line(from, to, differs ? "glue-differs" : "glue-agrees",
      `${name(from)} and ${name(to)}: ` + (differs ? `${distance || "some"} differing updates` : "agree"), differs ? 1.4 : 1);
  }
  g.obstructions.forEach((o) => o.edges.forEach(([from, to]) => {
    if (from !== to) line(from, to, "glue-obstructed", `${name(from)} and ${name(to)}: ${o.says}`, 3);
  }));
  g.sections.forEach((node, i) => {
    const [x, y] = place(i), served = g.serve.includes(i);
    svg.append(svgElement("circle", { cx: x, cy: y, r: 13, class: served ? "glue-node glue-served" : "glue-node" }));
    svg.append(svgElement("text", { x, y: y + 4, "text-anchor": "middle", class: "glue-name" }, nodeName(node)));
  });
  return svg;
}

function showGluing(index) {
  const g = GLUINGS[index], set = (places) => "{" + places.map((i) => nodeName(g.sections[i])).join(" ") + "}";
  document.getElementById("gluing-picture").replaceChildren(drawGluing(g));
  const facts = [g.glued ? "Glued: all claims stand together." : `${g.obstructions.length} obstructions; claims are served of ${set(g.serve)} meanwhile, data of all.`,
    `Consistency radius ${g.radius} updates; the cover is ${g.acyclic ? "acyclic: pairs are enough" : "cyclic, with " + g.loops + " loops that nothing fills"}.`];
  if (!g.glued) facts.push("Largest sets that fit: " + g.maximal.slice(0, 12).map(set).join(", ") + (g.maximal.length > 12 ? " \u2026" : ""));
  document.getElementById("gluing-facts").textContent = facts.join(" ");
  const rows = [];
  for (const o of g.obstructions) {
    o.witnesses.forEach((w, i) => rows.push([i ? "" : [o.kind, "glue-word"], i ? "" : o.says,
      [w.counter ? `n${w.replica} #${w.counter}` : "from before", "mono"], w.says, set(w.carriers)]));
    if (!o.witnesses.length) rows.push([[o.kind, "glue-word"], o.says, "", "", set(o.edges.map((e) => e[0]))]);
  }
  const box = document.getElementById("gluing-witnesses");
  if (rows.length) table(box, ["obstruction", "", "operation", "claims", "sections"], rows); else box.replaceChildren();
}

function fillGluings() {
  if (!GLUINGS.length) return;
  document.getElementById("gluing-box").hidden = false;
  const choice = document.getElementById("gluing-choice");
  GLUINGS.forEach((g, i) => {
    const option = element("option", `${formatTime(g.at_ns, 3)}  by ${nodeName(g.node)}: ` + (g.glued ? "glued" : g.obstructions.length + " obstructions"));
    option.value = i;
    choice.append(option);
  });
  choice.addEventListener("change", () => showGluing(Number(choice.value)));
  const first = Math.max(0, GLUINGS.findIndex((g) => !g.glued));
  choice.value = first;
  showGluing(first);
}
