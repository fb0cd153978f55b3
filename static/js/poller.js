// The one poller of a browser: asks what changed, tells every tab. Runs as a SharedWorker, else as
// a Worker of one tab.
const ports = new Set();
let address = "";
let etag = "";
let last = null;
let fast = false;
let timer = 0;

const tell = (message) => ports.forEach((port) => port.postMessage(message));
const ask = async () => {
  clearTimeout(timer);
  try {
    const answer = await fetch(address, {
      cache: "no-store",
      credentials: "same-origin",
      headers: etag ? { "If-None-Match": etag, "HX-Request": "true" } : { "HX-Request": "true" },
    });
    if (answer.status === 401) {
      tell({ gone: true });
      timer = setTimeout(ask, 15000);
      return;
    }
    if (answer.ok) {
      etag = answer.headers.get("ETag") || "";
      last = await answer.json();
      fast = last.fast;
      tell(last);
    }
  } catch {
    // the next one may succeed
  }
  timer = setTimeout(ask, fast ? 1000 : 5000);
};
const listen = (port) => {
  ports.add(port);
  port.onmessage = (event) => {
    if (event.data.bye) {
      ports.delete(port);
      if (!ports.size) clearTimeout(timer);
      return;
    }
    if (event.data.address) address = event.data.address;
    if (last) port.postMessage(last);
    ask();
  };
};
if ("onconnect" in self) self.onconnect = (event) => listen(event.ports[0]);
else listen(self);
