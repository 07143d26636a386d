/** Let this browser take messages, where it can: the button shows only then, and the form carries what the server needs. */
export async function offerPush(form) {
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  document.querySelector("#senza-dispositivo")?.remove();
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.endpoint.value) return;
    event.preventDefault();
    const problem = form.querySelector("[data-rifiutato]");
    problem.hidden = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
      await navigator.serviceWorker.register(form.dataset.servizio);
      const worker = await navigator.serviceWorker.ready;
      const old = await worker.pushManager.getSubscription();
      await old?.unsubscribe(); // it may be of another key
      const options = { userVisibleOnly: true, applicationServerKey: form.dataset.chiave };
      const { endpoint, keys } = (await worker.pushManager.subscribe(options)).toJSON();
      form.endpoint.value = endpoint;
      form.p256dh.value = keys.p256dh;
      form.auth.value = keys.auth;
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
}
