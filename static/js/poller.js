// The one poller of a browser: asks what changed, tells every tab. Runs as a SharedWorker, else as
// a Worker of one tab.
import { headers, patience, turns } from "./polling.js";

const ports = new Set();
let address = "";
let etag = "";
let last = null;
let fast = false;

const tell = (message) => ports.forEach((port) => port.postMessage(message));
const { now } = turns(async () => {
  if (!ports.size) return null;
  try {
    const answer = await fetch(address, {
      cache: "no-store",
      credentials: "same-origin",
      headers: headers(etag),
      signal: patience(),
    });
    if (answer.status === 401) {
      tell({ gone: true });
      return 15000;
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
  return fast ? 1000 : 5000;
});
const listen = (port) => {
  ports.add(port);
  port.onmessage = (event) => {
    if (event.data.bye) {
      ports.delete(port); // the next turn finds out whether it was the last
      return;
    }
    if (event.data.address) address = event.data.address;
    if (last) port.postMessage(last);
    now();
  };
};
if ("onconnect" in self) self.onconnect = (event) => listen(event.ports[0]);
else listen(self);
