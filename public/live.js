// The live list: adds page views as they come, newest first. Rows are made by the server, as those in the page are.
// What the browser missed while it was away is sent again; a row that is there already takes the place of its older self.
{
  const list = document.getElementById("live");
  const state = document.getElementById("live-state");
  const pause = document.getElementById("live-pause");
  const empty = document.getElementById("live-empty");
  const most = Number(list.dataset.rows);
  const known = (id) => list.querySelector(`[data-view="${CSS.escape(id)}"]`);

  let source;
  let last = "";
  let paused = false;
  /** Rows that came while the list was held still, by page view. */
  const waiting = new Map();

  const say = () => {
    const live = source?.readyState === EventSource.OPEN;
    state.textContent = paused
      ? waiting.size === 0 ? "Paused" : `Paused, ${waiting.size === most ? `${most} or more` : waiting.size} waiting`
      : live ? "Live" : "Connecting";
  };

  const show = (row) => {
    const before = known(row.dataset.view);
    if (before && Number(before.dataset.seq) >= Number(row.dataset.seq)) return;
    if (before) return before.replaceWith(row);
    // A batch can be committed after a later one: rows stand in the order in which they were received.
    const at = row.querySelector("time").dateTime;
    let next = list.firstElementChild;
    while (next && next.querySelector("time").dateTime > at) next = next.nextElementSibling;
    list.insertBefore(row, next);
    while (list.childElementCount > most) list.lastElementChild.remove();
    empty.hidden = true;
  };

  const take = (event) => {
    last = event.lastEventId || last;
    const frame = document.createElement("template");
    frame.innerHTML = event.data;
    const row = frame.content.firstElementChild;
    if (!row) return;
    if (!paused) return show(row);
    const before = known(row.dataset.view);
    if (before && Number(before.dataset.seq) >= Number(row.dataset.seq)) return;
    waiting.delete(row.dataset.view);
    waiting.set(row.dataset.view, row);
    if (waiting.size > most) waiting.delete(waiting.keys().next().value);
    say();
  };

  const connect = () => {
    const address = new URL(list.dataset.stream, location.href);
    if (last) address.searchParams.set("since", last);
    source = new EventSource(address);
    source.addEventListener("view", take);
    source.addEventListener("open", say);
    source.addEventListener("error", () => {
      say();
      // The browser comes back by itself after a break, but not after a refusal.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
    });
  };

  pause.classList.remove("invisible");
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    if (!paused) {
      for (const row of waiting.values()) show(row);
      waiting.clear();
    }
    say();
  });
  // A page that is left keeps no connection; one that comes back from the browser's memory makes its own.
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
  say();
  connect();
}
