// A page of ours in front of another: what it marks with `data-dialog-body`, in a <dialog>. Forms
// in it that change something are answered in place.

/** Asks for a page, and takes out of it what is shown. */
const read = async (address, request) => {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, ...request });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const body = page.querySelector("[data-dialog-body]");
  if (!body) throw new Error(`nothing to show at ${address}`);
  return { title: page.querySelector("h1")?.textContent ?? "", body: document.adoptNode(body) };
};

/** The dialog of a kind, made once. */
const frame = (kind) => {
  const known = document.getElementById(`${kind}-dialog`);
  if (known) return known;
  const dialog = document.createElement("dialog");
  dialog.id = `${kind}-dialog`;
  dialog.className = `panel overlay overlay-${kind}`;
  dialog.setAttribute("aria-labelledby", `${kind}-heading`);
  dialog.innerHTML = `<div class="overlay-head"><h2 id="${kind}-heading"></h2><button type="button" class="btn btn-sm">Close</button></div><div class="overlay-body"></div>`;
  dialog.querySelector("button").addEventListener("click", () => dialog.close());
  // A press beside it closes it.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("submit", (event) => void send(event, dialog));
  document.body.append(dialog);
  return dialog;
};

const fill = (dialog, { title, body }) => {
  dialog.querySelector("h2").textContent = title;
  body.removeAttribute("class");
  dialog.querySelector(".overlay-body").replaceChildren(body);
  dialog.querySelector("[data-focus], [autofocus]")?.focus();
};

const send = async (event, dialog) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  const data = new URLSearchParams(new FormData(form, event.submitter));
  try {
    fill(dialog, await read(form.action, { method: "POST", body: data }));
  } catch {
    form.submit();
  }
};

/** What a kind of dialog can do besides. */
const skills = { palette: () => import("./palette.js") };

export const open = async (link) => {
  const kind = link.dataset.dialog;
  const [content, skill] = await Promise.all([read(link.href), skills[kind]?.()]);
  const dialog = frame(kind);
  // Opened twice at once, or in front of another: one is enough.
  if (document.querySelector("dialog:modal")) return;
  dialog.showModal();
  fill(dialog, content);
  skill?.wake(dialog);
};
