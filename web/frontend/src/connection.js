const SHOWN = 8000; // milliseconds that the good news stays

const banner = document.querySelector("#collegamento");
let isLost = false;
let hideLater = 0;

/** Note whether the server answered; say so when that changes. */
export function lost(now) {
  if (!banner || now === isLost) return;
  isLost = now;
  show(now ? banner.dataset.persa : banner.dataset.tornata, now);
  clearTimeout(hideLater);
  if (!now) hideLater = setTimeout(() => (banner.hidden = true), SHOWN);
}

/** Say that the server no longer knows this session. */
export function refused(said) {
  if (banner && said) show(said, true);
}

function show(text, bad) {
  banner.classList.toggle("avviso-errore", bad);
  banner.classList.toggle("avviso-fatto", !bad);
  banner.hidden = false;
  if (banner.textContent !== text) banner.textContent = text;
}
