// Keys that lead somewhere, and the sheet that lists them. Never while one types: `page.js` sees to
// that, and fetches this at the first key.

/** How long G waits for the key of a room. */
const PATIENCE = 1500;

const main = () => document.getElementById("main") ?? document.body;
const periods = () => [...main().querySelectorAll('nav[aria-label="Period"] a')];

/** The room of a key. Rail and bar hold the same rooms; either link will do. */
const go = (key) => document.querySelector(`a[data-go="${CSS.escape(key)}"]`)?.click();

const search = () => {
  const field = main().querySelector("input[type=search]");
  if (field) field.focus();
  else document.querySelector("a[data-dialog=palette]")?.click();
};

const period = (step) => {
  const all = periods();
  const at = all.findIndex((link) => link.hasAttribute("aria-current"));
  // Days that were chosen are none of these: from there, the shortest or the longest.
  const next = at < 0 ? all.at(step < 0 ? 0 : -1) : all[at + step];
  next?.click();
};

let going = 0;

export const press = (key) => {
  if (Date.now() < going) {
    going = 0;
    return go(key.toLowerCase());
  }
  if (key === "g" || key === "G") going = Date.now() + PATIENCE;
  else if (key === "/") search();
  else if (key === "[") period(-1);
  else if (key === "]") period(1);
  else if (key === "?") sheet();
};

/** What can be pressed on this page, by heading. */
const lines = () => {
  const rooms = new Map();
  for (const link of document.querySelectorAll("a[data-go]")) rooms.set(link.dataset.go, link.textContent.trim());
  const here = [["/", main().querySelector("input[type=search]") ? "Search on this page" : "Go to …"]];
  if (periods().length) here.push(["[", "A shorter period"], ["]", "A longer period"]);
  if (main().querySelector("perf-chart")) here.push(["T", "A chart's figures, while the chart has the focus"]);
  return [
    ["Anywhere", [["Ctrl K", "Go to a project, a page or a setting"], ["?", "This sheet"], ["Esc", "Close what is open"]]],
    ["This page", here],
    ["Go to", [...rooms].map(([key, words]) => [`G ${key.toUpperCase()}`, words])],
  ].filter(([, keys]) => keys.length);
};

const element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

export const sheet = () => {
  if (document.querySelector("dialog:modal")) return;
  const heading = element("h2", { id: "keys-heading" }, "Keyboard shortcuts");
  const close = element("button", { type: "button", class: "btn btn-sm" }, "Close");
  const keys = (text) => text.split(" ").map((key) => element("kbd", { class: "kbd kbd-sm" }, key));
  const body = element("div", { class: "overlay-body keys" });
  for (const [title, of] of lines()) {
    const list = element("dl", {});
    for (const [text, words] of of) list.append(element("div", {}, element("dt", {}, ...keys(text)), element("dd", {}, words)));
    body.append(element("section", {}, element("h3", {}, title), list));
  }
  const off = element("input", { type: "checkbox", class: "checkbox checkbox-sm" });
  try {
    off.checked = localStorage.getItem("shortcuts") !== "off";
  } catch {}
  off.addEventListener("change", () => {
    try {
      if (off.checked) localStorage.removeItem("shortcuts");
      else localStorage.setItem("shortcuts", "off");
    } catch {}
  });
  const label = element("label", { class: "keys-switch" }, off, "Single keys work in this browser");
  const dialog = element("dialog", { class: "panel overlay overlay-keys", "aria-labelledby": "keys-heading" });
  dialog.append(element("div", { class: "overlay-head" }, heading, close), body, label);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};
