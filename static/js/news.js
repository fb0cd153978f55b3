// News for this window: unread notices, waiting callbacks, notices to be told, changes of the
// phone. One poller for all tabs of this browser asks for them.
import { headers } from "./request.js";

const dot = document.querySelector("[data-unread]");
const address = document.body.dataset.changes;

const heard = (facts) => {
  if (facts.gone) {
    document.body.dispatchEvent(new CustomEvent("occ:login"));
    return;
  }
  if (dot && facts.notices !== undefined) {
    dot.textContent = facts.notices || "";
    dot.hidden = !facts.notices;
  }
  if (facts.callbacks)
    document.querySelectorAll("[data-callbacks]").forEach((place) => {
      const waiting = facts.callbacks[document.body.dataset.service] || 0;
      if (place.textContent !== String(waiting || "")) place.classList.add("is-new-value");
      place.textContent = waiting || "";
      place.hidden = !waiting;
    });
  (facts.told || []).forEach(told);
  document.body.dispatchEvent(new CustomEvent("occ:news", { detail: facts }));
};
// a notice is told once a browser: by the system while this window is hidden, else by a toast
const told = ({ id, text, url }) => {
  if (Number(localStorage.getItem("occ-told") || 0) >= id) return;
  localStorage.setItem("occ-told", String(id));
  if (document.hidden && window.Notification && Notification.permission === "granted") {
    const note = new Notification(text, { tag: `notice-${id}` });
    note.onclick = () => {
      window.focus();
      note.close();
      if (url) location.assign(url);
    };
  } else document.body.dispatchEvent(new CustomEvent("occ:toast", { detail: { text } }));
};

const connect = () => {
  const name = document.body.dataset.poller;
  if (!window.SharedWorker) return new Worker(name, { type: "module" });
  const { port } = new SharedWorker(name, { type: "module" });
  addEventListener("pagehide", () => port.postMessage({ bye: true }));
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  return port;
};
const poller = connect();
poller.onmessage = (event) => heard(event.data);

/** Asks for news at once. */
export const ask = () => {
  const { there } = document.body.dataset;
  poller.postMessage({ address, there, headers: headers() });
};
ask();
document.body.addEventListener("occ:csrf", () => setTimeout(ask)); // once the page has the new token
