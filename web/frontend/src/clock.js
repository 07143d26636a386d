import { ask } from "./asking.js";
import { lost, refused } from "./connection.js";

const USUAL = 30_000; // milliseconds between two questions
const WHILE_LOST = 5000;
const SOONEST = 1000;

const LOOKS = {
  late: ["stato-ritardo", "warning-circle"],
  soon: ["stato-presto", "clock"],
  ahead: ["stato-tempo", "clock"],
};
const THRESHOLDS = [
  [0.5, "meta"],
  [0.8, "quattroQuinti"],
  [1, "scaduto"],
];

/**
 * Keep the deadlines of this page up to date by the server's clock: it says what to show, and when the next threshold
 * is; this computer's clock is never asked what time it is.
 */
export function follow(address) {
  const shown = [...document.querySelectorAll("[data-scade]")];
  const instants = [...new Set(shown.map((place) => place.dataset.scade))];
  let before; // the server's time of the last answer, in seconds
  let timer = 0;
  let asking = false;
  let again = false; // asked for while an answer was still on its way

  const tick = async () => {
    clearTimeout(timer);
    again = asking;
    if (asking) return;
    asking = true;
    const pause = await question();
    asking = false;
    if (again) tick();
    else if (pause) timer = setTimeout(tick, pause);
  };

  /** Ask once. Returns in how many milliseconds to ask again; 0 for never. */
  const question = async () => {
    try {
      const answer = await ask(`${address}?scade=${instants.join(".")}`);
      lost(answer.status >= 500);
      if (answer.ok) {
        shown.forEach((place) => update(place, answer.due[place.dataset.scade]));
        if (before !== undefined) announce(crossed(shown, before, answer.now));
        before = answer.now;
        return untilNext(shown, answer.now);
      }
      if (answer.status < 500) {
        refused(answer.said); // there is no session any more: asking again would not help
        return 0;
      }
    } catch {
      lost(true);
    }
    return WHILE_LOST;
  };

  document.addEventListener("visibilitychange", () => !document.hidden && tick());
  window.addEventListener("online", tick);
  window.addEventListener("offline", tick);
  tick();
}

function update(place, due) {
  if (!due) return;
  const words = place.querySelector("time");
  if (words.textContent !== due.said) words.textContent = due.said;
  const [look, icon] = LOOKS[due.state];
  if (place.classList.contains(look)) return;
  place.classList.remove(...Object.values(LOOKS).map(([name]) => name));
  place.classList.add(look);
  const use = place.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#it-${icon}`));
}

/** The thresholds of a deadline, in the server's seconds. Only where the page knows when its clock began. */
function* thresholds(place) {
  if (!place.dataset.inizio) return;
  const [start, end] = [Number(place.dataset.inizio), Number(place.dataset.scade)];
  for (const [part, name] of THRESHOLDS) yield [start + (end - start) * part, name];
}

function crossed(places, before, now) {
  const said = document.querySelector("#annunci")?.dataset;
  return places.flatMap((place) => {
    const passed = [...thresholds(place)].filter(([at]) => before < at && at <= now).pop();
    return passed ? [`${place.dataset.nome}: ${said[passed[1]]}. ${place.querySelector("time").textContent}`] : [];
  });
}

function announce(texts) {
  if (texts.length) document.querySelector("#annunci").textContent = texts.join(". ");
}

function untilNext(places, now) {
  const coming = places.flatMap((place) => [...thresholds(place)].map(([at]) => at)).filter((at) => at > now);
  const next = Math.min(...coming, Infinity) - now;
  return Math.min(USUAL, Math.max(SOONEST, next * 1000 + 200));
}
