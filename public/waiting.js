// The panel that waits for the first page view: fetched anew with its page every two seconds while
// it is seen, until one has come. When nothing comes for a while, the site is looked at.
{
  const EVERY = 2000;
  const panel = () => document.getElementById("waiting");
  const form = document.getElementById("check-site");

  const renew = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("waiting");
    if (fresh && fresh.innerHTML !== panel().innerHTML) panel().replaceWith(fresh);
  };

  // As a press of the button does; the server keeps looks apart in time.
  const check = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });

  let looks = 0;
  const look = async () => {
    // What fails here fails quietly: the panel stays as it is, and the next look may succeed.
    if (!document.hidden) {
      looks += 1;
      if (form && looks % 45 === 5) await check().catch(() => {});
      await renew().catch(() => {});
    }
    if ("waits" in panel().dataset) setTimeout(look, EVERY);
  };
  if ("waits" in panel().dataset) setTimeout(look, EVERY);
}
