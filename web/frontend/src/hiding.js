const TWICE = 800; // milliseconds between two presses of Esc
const LONGEST_WAIT = 1500; // milliseconds that a last draft may take before the session hides
const others = new BroadcastChannel("finestre");

/** Show nothing at once, then what the server puts in front. */
export function cover(address) {
  blank();
  location.replace(address);
}

/** Hide at Esc Esc or the button: first what is on the screen, then the session, here and in the other windows. */
export function watchForHiding(form, draft) {
  const front = document.body.dataset.nascosta;
  if (!form) return;
  let pressedAt = -Infinity;
  let hiding = false;
  const hide = async () => {
    if (hiding) return;
    hiding = true;
    blank();
    others.postMessage("nascondi");
    await Promise.race([draft.flush(), new Promise((done) => setTimeout(done, LONGEST_WAIT))]);
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    hide();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.repeat) return;
      if (performance.now() - pressedAt < TWICE) hide();
      pressedAt = performance.now();
    },
    true,
  );
  others.addEventListener("message", async () => {
    blank();
    await draft.flush();
    setTimeout(() => location.replace(front), LONGEST_WAIT);
  });
  // A browser may put back a page that it has kept, without asking us: then it asks now.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    blank();
    location.reload();
  });
}

function blank() {
  document.title = "\u200b";
  document.documentElement.classList.add("vuota");
}
