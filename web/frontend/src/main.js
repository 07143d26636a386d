// Every page works without this file; it only makes some things handier.
import "./main.css";

// A second click on the same button does not send again. (The server refuses it too, with a page that says so.)
const sentAt = new WeakMap();
document.addEventListener("submit", (event) => {
  const before = sentAt.get(event.target);
  if (before && Date.now() - before < 5000) event.preventDefault();
  else sentAt.set(event.target, Date.now());
});
