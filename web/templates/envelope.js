const form = document.querySelector("form");
const said = document.querySelector("[role=alert]");
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const seal = document.getElementById("busta").dataset;

async function opened(phrase) {
  const typed = new TextEncoder().encode(phrase.trim().toLowerCase());
  const base = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(seal.salt), iterations: Number(seal.iterations) };
  const key = await crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const content = bytes(document.getElementById("busta").textContent.trim());
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(seal.nonce) }, key, content);
  return JSON.parse(new TextDecoder().decode(plain));
}

function show({ page, files }) {
  const read = new DOMParser().parseFromString(page, "text/html");
  document.body.replaceChildren(...read.body.childNodes);
  for (const link of document.querySelectorAll("a[data-file]")) {
    const blob = new Blob([bytes(files[link.dataset.file])], { type: "application/octet-stream" });
    link.href = URL.createObjectURL(blob);
    link.download = link.textContent;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "";
  if (!globalThis.crypto?.subtle) {
    said.textContent = form.dataset.cannot;
    return;
  }
  try {
    show(await opened(form.elements.frase.value));
  } catch {
    said.textContent = form.dataset.wrong;
  }
});
