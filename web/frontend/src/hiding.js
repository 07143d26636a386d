import { ask } from "./asking.js";
import { typed } from "./draft.js";

const TWICE = 800; // milliseconds between two presses of Esc
const LONGEST_WAIT = 1500; // milliseconds that a last draft may take before the session hides
const LOOK = 5000; // milliseconds between two looks at whether somebody is there
const HIDE = "nascondi";
const HERE = "qui"; // somebody is there, in another window
const others = new BroadcastChannel("finestre");

/** Show nothing at once, then what the server puts in front. */
export function cover(address) {
  blank();
  location.replace(address);
}

/**
 * Hide at Esc Esc, the button, or when nobody has been here for a while: first what is on the screen, then the session,
 * here and in the other windows. What stands in a form is put aside on the server and is there again afterwards.
 */
export function watchForHiding(form, draft) {
  const front = document.body.dataset.nascosta;
  if (!form) return;
  const putAside = watchForTyping();
  const save = () => Promise.all([draft.flush(), putAside()]);
  let pressedAt = -Infinity;
  let hiding = false;
  const hide = async () => {
    if (hiding) return;
    hiding = true;
    blank();
    others.postMessage(HIDE);
    await Promise.race([save(), new Promise((done) => setTimeout(done, LONGEST_WAIT))]);
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    hide();
  });
  watchForAbsence(hide);
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.repeat) return;
      if (performance.now() - pressedAt < TWICE) hide();
      pressedAt = performance.now();
    },
    true,
  );
  others.addEventListener("message", async ({ data }) => {
    if (data !== HIDE) return;
    blank();
    await save();
    setTimeout(() => location.replace(front), LONGEST_WAIT);
  });
  // A browser may put back a page that it has kept, without asking us: then it asks now.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    blank();
    location.reload();
  });
}

/** Call `leave` when nobody has touched a window of this session for as long as the page says. */
function watchForAbsence(leave) {
  const longest = Number(document.body.dataset.pausaDopo) * 1000;
  let seenAt = Date.now(); // goes on while the computer sleeps
  let toldAt = 0;
  const isAway = () => Date.now() - seenAt >= longest;
  const look = () => isAway() && leave();
  const touched = () => {
    // A touch that wakes the computer must not bring back what should have been hidden long ago.
    if (isAway()) return leave();
    seenAt = Date.now();
    if (seenAt - toldAt < LOOK) return;
    toldAt = seenAt;
    others.postMessage(HERE);
  };
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"]) {
    document.addEventListener(kind, touched, { capture: true, passive: true });
  }
  others.addEventListener("message", ({ data }) => {
    if (data === HERE) seenAt = Date.now();
  });
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK);
}

/** Note which forms somebody types into. Returns what sends their fields to be kept, without doing what they are for. */
function watchForTyping() {
  const typedIn = new Set();
  document.addEventListener("input", ({ target }) => {
    if (target.form?.method === "post") typedIn.add(target.form);
  });
  const send = (form) => {
    const fields = new URLSearchParams(typed(form));
    fields.set("_modulo", new URL(form.action).pathname);
    return ask(document.body.dataset.daParte, { method: "POST", body: fields });
  };
  return () => Promise.allSettled([...typedIn].map(send));
}

function blank() {
  document.title = "\u200b";
  document.documentElement.classList.add("vuota");
}
