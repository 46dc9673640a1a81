// What every page can do beyond links and forms, all of which work without it: copy, change the
// colours, open a question in place, close menus, mark a form as sent, take a view along, go by
// keys. What is seldom wanted is fetched when it is. Pages that are live are woken by the bundle
// besides.
{
  const root = document.documentElement;
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  const leave = (message) => setTimeout(() => message.remove(), 6000);

  const toast = (words) => {
    const message = document.createElement("p");
    message.textContent = words;
    document.getElementById("toasts")?.append(message);
    leave(message);
  };

  /** What the page before had to say came with this one. */
  const came = () => document.querySelectorAll("#toasts > *").forEach(leave);
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", came);
  else came();

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.dataset.done = "";
      setTimeout(() => delete button.dataset.done, 2000);
    } catch {
      toast("The browser did not allow copying. Select the text and copy it by hand.");
    }
  };

  const colour = (theme) => {
    const chosen = theme === "light" || theme === "dark";
    if (chosen) root.dataset.theme = theme;
    else delete root.dataset.theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${chosen ? theme : ""}; Path=/; Max-Age=${chosen ? 31536000 : 0}; SameSite=Lax${secure}`;
    for (const button of document.querySelectorAll("button[name=theme]")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
  };

  /** Holds the keys that are pressed while a dialog is on its way: they are meant for its field, and told to it at the end. */
  const holdKeys = () => {
    const held = [];
    const hold = (event) => {
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key.length > 1 && event.key !== "Backspace" && event.key !== "Enter") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      held.push(event.key);
    };
    addEventListener("keydown", hold, true);
    return () => {
      removeEventListener("keydown", hold, true);
      const field = document.activeElement;
      if (!held.length || !(field instanceof HTMLInputElement && field.closest("dialog:modal"))) return;
      for (const key of held) {
        if (key === "Enter") return field.form?.requestSubmit();
        field.value = key === "Backspace" ? field.value.slice(0, -1) : field.value + key;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      }
    };
  };

  /** A page of ours in front of this one; where that fails, the page itself. */
  const inFront = async (link) => {
    const tellKeys = holdKeys();
    try {
      await (await import("./dialog.js")).open(link);
    } catch {
      location.assign(link.href);
    }
    tellKeys();
  };

  /** What makes a view of figures, as `domain/rum/query.rs` names it. */
  const view = "period from to device page_group country browser os connection navigation_type release tag tag_value vital percentile".split(" ");

  /** A room of figures is shown for the period and the filters of this one. */
  const takeAlong = (link) => {
    const to = new URL(link.href);
    const now = new URLSearchParams(location.search);
    to.search = "";
    for (const name of view) if (now.has(name)) to.searchParams.set(name, now.get(name));
    link.href = to.href;
  };

  for (const kind of ["click", "auxclick"]) {
    document.addEventListener(
      kind,
      (event) => {
        const link = closest(event, "a[data-keeps-view]");
        if (link) takeAlong(link);
      },
      true,
    );
  }

  document.addEventListener("click", (event) => {
    const link = closest(event, "a");
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target) || link) menu.open = false;
    }
    const button = closest(event, "button");
    if (button?.dataset.copy) return void copy(button);
    if (button?.dataset.shortcuts !== undefined) return void withKeys(({ sheet }) => sheet());
    if (button?.name === "theme") {
      event.preventDefault();
      return colour(button.value);
    }
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // The bundle changes the view of its page; another page is loaded whole, by the browser.
    if (link.pathname !== location.pathname) event.stopPropagation();
    if (link.dataset.dialog) {
      event.preventDefault();
      event.stopPropagation();
      return void inFront(link);
    }
    const dialog = document.getElementById(link.dataset.opens ?? link.dataset.closes ?? "");
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    dialog.close();
    if (link.dataset.opens) dialog.showModal();
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // A marked part of a trend leads to its days, by an address as any link's: the way back is the browser's.
  document.addEventListener("perf-chart-zoom", ({ target, detail }) => {
    const zoom = JSON.parse(target.getAttribute("zoom") ?? "null");
    const [first, last] = [zoom?.days[detail.startValue], zoom?.days[detail.endValue]];
    if (!first || !last || (first === zoom.days[0] && last === zoom.days.at(-1))) return;
    const link = document.createElement("a");
    link.href = `${zoom.href}&from=${first}&to=${last}`;
    link.dataset.noscroll = "";
    document.body.append(link);
    link.click();
    link.remove();
  });

  const isTyping = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

  /** Readers who speak to their computer can switch keys off; they stay off in this browser. */
  const keysAreOff = () => {
    try {
      return localStorage.getItem("shortcuts") === "off";
    } catch {
      return false;
    }
  };

  let coming;
  /** Fetched once for all keys: of several imports under way, a later one can end before an earlier one. */
  const withKeys = async (use) => {
    // Where that fails, the next key asks again.
    coming ??= import("./keys.js").catch(() => (coming = undefined));
    const keys = await coming;
    if (keys) use(keys);
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const palette = document.querySelector("a[data-dialog=palette]");
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k" && palette) {
      event.preventDefault();
      return void inFront(palette);
    }
    if (event.ctrlKey || event.metaKey || isTyping(event.target) || document.querySelector("dialog:modal") || keysAreOff()) return;
    if (!/^[a-z/?[\]]$/i.test(event.key)) return;
    if (event.key === "/") event.preventDefault();
    void withKeys(({ press }) => press(event.key));
  });

  // A form is sent once; back and forward make it new.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    if (event.target.dataset.sent) return event.preventDefault();
    event.target.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });

  for (const zone of document.querySelectorAll("input[name=time_zone][type=hidden]")) {
    zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }
}
