// What is typed is kept by the server a moment later. Until it is there, it is held in this tab: a
// page that is loaded meanwhile may be drawn without it.
import { patience } from "./polling.js";
import { post } from "./request.js";

const AGAIN = 5000;
// bytes; of all that is sent while its page is left, a browser takes 64 KiB (Fetch Standard 4.6)
const BESIDE_LEAVING = 60_000;
const spot = (url) => `occ-typed ${document.body.dataset.member} ${url}`;
const timers = new Map(); // by address
let turn = Promise.resolve();

/** What the server does not have yet, as the fields of a form; null where it has all. */
export const held = (url) => {
  const body = sessionStorage.getItem(spot(url));
  return body === null ? null : new URLSearchParams(body);
};

/** Forgets what is held: the server has it by another way. */
export const drop = (url) => {
  clearTimeout(timers.get(url));
  timers.delete(url);
  sessionStorage.removeItem(spot(url));
};

const send = async (url) => {
  const body = held(url)?.toString();
  if (body === undefined) return;
  const answer = await post(url, new URLSearchParams(body), {
    keepalive: body.length < BESIDE_LEAVING,
    signal: patience(),
  });
  const missed = !answer || answer.status === 401 || answer.status >= 500;
  if (missed) soon(url, AGAIN);
  else if (held(url)?.toString() === body) drop(url);
  const detail = { url, kept: Boolean(answer?.ok), values: new URLSearchParams(body) };
  document.dispatchEvent(new CustomEvent("occ:kept", { detail }));
};
const soon = (url, delay) => {
  if (timers.has(url)) return; // not put off by the next key: who never pauses is kept, too
  timers.set(
    url,
    setTimeout(() => keep(url), delay),
  );
};

/** Sends what is held now, after what is on its way; `occ:kept` on the document tells the answer. */
export const keep = (url) => {
  clearTimeout(timers.get(url));
  timers.delete(url);
  turn = turn.then(() => send(url));
};

/** Holds the fields of a form, and sends what is held after so many milliseconds. */
export const keepSoon = (url, values, delay) => {
  sessionStorage.setItem(spot(url), new URLSearchParams(values));
  soon(url, delay);
};

addEventListener("pagehide", () => {
  timers.forEach((timer, url) => {
    clearTimeout(timer);
    send(url);
  });
  timers.clear();
});
