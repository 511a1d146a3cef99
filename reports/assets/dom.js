// What every page begins with: its data, elements by name, numbers, and the theme.
const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
function element(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}
const formatCount = (n) => Number(n).toLocaleString("en-US");

// The reader's theme at first, then the button's; `changed` draws what a style sheet cannot.
function followTheme(changed) {
  const root = document.documentElement;
  const set = (theme) => { root.dataset.theme = theme; changed(); };
  const forced = new URLSearchParams(location.search).get("theme");
  set(forced || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  byId("theme").addEventListener("click", () => set(root.dataset.theme === "dark" ? "light" : "dark"));
}

