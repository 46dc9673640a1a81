// The palette: places are found while one types, and chosen by arrows and Enter. What there is to
// find came with the page (`/go`), as links.

export const wake = (dialog) => {
  const input = dialog.querySelector("input[type=search]");
  const nothing = dialog.querySelector("#no-places");
  const groups = [...dialog.querySelectorAll("#places section")];
  const shown = () => [...dialog.querySelectorAll("#places li:not([hidden]) a")];

  const find = () => {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const group of groups) {
      const title = group.getAttribute("aria-label").toLowerCase();
      let any = false;
      for (const item of group.querySelectorAll("li")) {
        const name = `${title} ${item.textContent.toLowerCase()}`;
        item.hidden = !words.every((word) => name.includes(word));
        any ||= !item.hidden;
      }
      group.hidden = !any;
    }
    nothing.hidden = shown().length > 0;
    mark(shown()[0]);
  };

  /** The place that Enter in the field leads to. */
  const mark = (place) => {
    for (const link of dialog.querySelectorAll("#places a[data-first]")) delete link.dataset.first;
    if (place) place.dataset.first = "";
  };

  input.addEventListener("input", find);
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    shown()[0]?.click();
  });
  dialog.querySelector("[data-dialog-body]").addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      // A search field would first empty itself.
      event.preventDefault();
      return dialog.close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const all = [input, ...shown()];
      all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    } else if (event.target !== input && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      // Who types on means the field.
      input.focus();
    }
  });
  find();
};
