const USUAL = 45_000; // milliseconds between two questions
const WHILE_LOST = 10_000;

/**
 * Keep the numbers of the inbox up to date while it is open, and say when its list has changed. What could not be asked
 * for is marked as old: a number of before must not look like one of now. Nothing is asked while nobody looks.
 */
export function keepCounts(nav) {
  if (!nav) return;
  const places = [...nav.querySelectorAll("[data-conto]")];
  const others = ["avvisi", "domande"];
  const [changed, old] = [document.querySelector("#conteggi-nuovi"), document.querySelector("#conteggi-vecchi")];
  let tag = "";
  let timer = 0;
  let since = nav.dataset.alle; // of the last answer, by the server's clock

  const ask = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    const fine = await question().catch(() => false);
    if (!fine) old.querySelector("[data-ora]").textContent = hour(since);
    old.hidden = fine;
    nav.classList.toggle("vecchio", !fine);
    timer = setTimeout(ask, fine ? USUAL : WHILE_LOST);
  };

  /** Ask once: whether an answer came. */
  const question = async () => {
    const response = await fetch(nav.dataset.conteggi, {
      headers: { Accept: "application/json", ...(tag && { "If-None-Match": tag }) },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
    if (response.status !== 304 && !response.ok) return false;
    since = response.headers.get("Date") ?? since;
    if (response.status === 304) return true;
    tag = response.headers.get("ETag") ?? "";
    show((await response.json()).counts);
    return true;
  };

  const show = (counts) => {
    let differs = others.some((name) => counts[name] !== nav.dataset[name]);
    for (const place of places) {
      differs ||= place.textContent !== counts[place.dataset.conto];
      place.textContent = counts[place.dataset.conto];
    }
    if (differs) changed.hidden = false;
  };

  const hour = (at) =>
    new Date(at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", timeZone: "Europe/Rome" });

  document.addEventListener("visibilitychange", ask);
  window.addEventListener("online", ask);
  window.addEventListener("offline", ask);
  timer = setTimeout(ask, USUAL);
}
