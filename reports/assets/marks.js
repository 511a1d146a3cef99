// What failed, as elements over the canvas, so that a reader's search, a link (#failing-operation) and a test find it.
const marksBox = document.getElementById("marks");
const MARKS = [];
function makeMarks() {
  if (!FAILURE) return;
  const add = (data) => {
    const div = document.createElement("div"), label = document.createElement("span");
    div.className = "mark" + (data.moment ? " moment" : "");
    label.textContent = data.text;
    div.append(label);
    marksBox.append(div);
    MARKS.push({ div, label, ...data });
  };
  const operations = FAILURE.operations.slice(-12);
  for (const i of operations) add({ operation: i, text: OPS.text[i] });
  if (!operations.length) add({ moment: FAILURE.at, text: FAILURE.claim.signature || FAILURE.claim.claim });
  const last = MARKS[MARKS.length - 1];
  last.div.id = "failing-operation";
  last.div.title = last.text;
  if (operations.length) last.label.textContent = "\u2717 " + last.text;
}

// A mark outside of the window waits at its edge.
function placeMarks(x, width) {
  const taken = new Map();
  for (const m of MARKS) {
    let x0, x1, y, h;
    if (m.moment !== undefined) {
      x0 = x(m.moment); x1 = x0 + 3; y = FAULTS_TOP; h = STAGE_HEIGHT - FAULTS_TOP - 22;
    } else {
      const b = opBox(m.operation, x, width);
      if (!b) { m.div.style.display = "none"; continue; }
      x0 = b.x0 - 3; x1 = Math.min(b.x1, b.open ? Math.max(width, b.x0) : b.x1) + 3; y = b.y - 3; h = b.h + 6;
    }
    x0 = Math.min(Math.max(x0, GUTTER - 2), width - 10);
    x1 = Math.min(Math.max(x1, x0 + 8), width - 2);
    Object.assign(m.div.style, { left: x0 + "px", width: x1 - x0 + "px", top: y + "px", height: h + "px" });
    m.div.classList.toggle("flip", x0 > width * 0.7);
    // The bar carries its own text when it is wide enough; overlapping labels are left to the last.
    const only = m.div.id === "failing-operation";
    m.label.style.display = only || (x1 - x0 < 42 && !taken.has(Math.round(y) + ":" + Math.round(x0 / 90))) ? "" : "none";
    taken.set(Math.round(y) + ":" + Math.round(x0 / 90), true);
  }
}
