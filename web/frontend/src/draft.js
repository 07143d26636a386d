import { ask } from "./asking.js";
import { lost } from "./connection.js";

const PAUSE = 1500; // milliseconds without a key before the draft is sent
const AGAIN = 10_000; // milliseconds until a draft that did not arrive is sent again

/** What is typed in a form: chosen files wait for the form itself, a draft keeps those that have arrived. */
export function typed(form) {
  return [...new FormData(form)].filter(([, value]) => typeof value === "string");
}

/** Keep what is being typed as a draft on the server. Returns {flush}: send what is not there yet, now. */
export function keepDraft(form) {
  if (!form) return { flush: async () => {} };
  const result = document.querySelector("#esito-bozza");
  let waiting = 0; // the timer
  let changed = false; // since the last draft was sent
  let sending = Promise.resolve();
  let leaving = false; // the form itself is on its way

  const later = (pause) => {
    clearTimeout(waiting);
    if (!leaving) waiting = setTimeout(flush, pause);
  };
  const send = async () => {
    if (!changed || leaving) return;
    changed = false;
    try {
      const answer = await ask(form.dataset.bozza, {
        method: "POST",
        body: new URLSearchParams(typed(form)),
        keepalive: true, // also when the page is just being left
      });
      lost(answer.status >= 500);
      if (answer.status >= 500) again();
      // Once for each reason: a text that does not change is not announced again.
      else say(answer.ok ? answer.said : `${result.dataset.rifiutata} ${answer.said ?? ""}`, !answer.ok);
    } catch {
      lost(true);
      again();
    }
  };
  const again = () => {
    changed = true;
    later(AGAIN);
  };
  const say = (text, refused) => {
    if (result.textContent !== text) result.textContent = text;
    result.classList.toggle("errore", refused);
  };
  const flush = () => {
    clearTimeout(waiting);
    sending = sending.then(send); // one after the other, so that the newest stays
    return sending;
  };

  form.addEventListener("input", () => {
    changed = true;
    later(PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    leaving = true;
    clearTimeout(waiting);
  });
  document.addEventListener("visibilitychange", () => document.hidden && flush());
  window.addEventListener("pagehide", flush);
  return { flush };
}
