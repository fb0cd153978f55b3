// The one poller of a browser: asks what changed, tells every tab. Runs as a SharedWorker, else as
// a Worker of one tab.
import { headers, patience, turns } from "./polling.js";

const EVERY = 15000;
const ports = new Set();
let address = "";
let etag = "";
let last = null;
let fast = false;
let there = {}; // where to say that this browser is there, and with which headers
let said = 0;

const tell = (message) => ports.forEach((port) => port.postMessage(message));
// calls find whoever has logged in to the phone only while a browser is there: said from here, for
// pages come and go, and those behind other windows are slowed down
const say = () => {
  if (!fast || Date.now() - said < EVERY) return;
  said = Date.now();
  fetch(there.address, { method: "POST", headers: there.headers }).catch(() => {
    said = 0;
  });
};
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
  say();
  return fast ? 1000 : 5000;
});
const listen = (port) => {
  ports.add(port);
  port.onmessage = (event) => {
    if (event.data.bye) {
      ports.delete(port); // the next turn finds out whether it was the last
      return;
    }
    if (event.data.address) {
      address = event.data.address;
      there = { address: event.data.there, headers: event.data.headers };
    }
    if (last) port.postMessage(last);
    now();
  };
};
if ("onconnect" in self) self.onconnect = (event) => listen(event.ports[0]);
else listen(self);
