/* Parts of a page whose HTML comes from the server again (app/src/rum/figures.rs says when): puts the new in the place of the
   old. What is equal stays, so that focus, scrolling, drawn charts, and tables that the reader has opened stay too. */

import { Idiomorph } from "idiomorph";

document.addEventListener("served", (event) => {
  if (!(event instanceof CustomEvent) || !(event.target instanceof Element)) return;
  // Says that it is done: otherwise the page is loaded whole.
  event.preventDefault();
  Idiomorph.morph(event.target, String(event.detail), {
    morphStyle: "innerHTML",
    ignoreActiveValue: true,
    callbacks: {
      // What is being filled in is left alone.
      beforeNodeMorphed: (old) => !(old instanceof Element && old.matches("details[data-menu][open]")),
      // Whether a table is open is the reader's.
      beforeAttributeUpdated: (name, element) => !(name === "open" && element instanceof HTMLDetailsElement),
    },
  });
});
