const PAUSE = 5000; // milliseconds

/** Let a second click on the same button not send again. (The server refuses it too, with a page that says so.) */
export function sendOnce() {
  const sentAt = new WeakMap();
  document.addEventListener("submit", (event) => {
    const before = sentAt.get(event.target);
    if (before !== undefined && performance.now() - before < PAUSE) event.preventDefault();
    else sentAt.set(event.target, performance.now());
  });
}
