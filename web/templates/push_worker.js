// Shows what is pushed, and opens the page that it leads to. It keeps nothing, and answers no request of a page.
self.addEventListener("push", (event) => {
  const said = event.data ? event.data.json() : {};
  const options = { body: said.body, tag: said.tag, data: { url: said.url }, renotify: Boolean(said.tag) };
  event.waitUntil(self.registration.showNotification(said.title || "Staffetta", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = event.notification.data.url;
  if (url && new URL(url).origin === self.location.origin) event.waitUntil(self.clients.openWindow(url));
});
