// What is typed is kept by the server a moment later. Until it is there, it is held in this tab: a
// page or pane that was asked for meanwhile may be drawn without it.
import { patience } from "./polling.js";
import { post } from "./request.js";

const AGAIN = 5000;
// bytes; of all that is sent while its page is left, a browser takes 64 KiB (Fetch Standard 4.6)
const BESIDE_LEAVING = 60_000;
const GONE = new Set([403, 404]);
const spot = (url) => `occ-typed ${document.body.dataset.member} ${url}`;
const timers = new Map(); // by address
const turns = new Map(); // the last one that is on its way

const read = (url) => {
  const body = sessionStorage.getItem(spot(url));
  return body === null ? null : new URLSearchParams(body);
};

// by the answers of htmx: when each was asked for, and the one that is drawn
const asked = new WeakMap();
let since = performance.timeOrigin;
document.addEventListener("htmx:beforeSend", ({ detail }) => asked.set(detail.xhr, Date.now()));
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  since = asked.get(detail.xhr) ?? since;
});

/** What the server does not have yet, as the fields of a form; null where it has all. */
export const held = (url) => {
  const values = read(url);
  return values?.has("kept") ? null : values;
};

/**
 * What may be missing in what is drawn now: what the server does not have yet, and what it got only
 * after that was asked for.
 */
export const missing = (url) => {
  const values = read(url);
  if (!values?.has("kept")) return values;
  if (Number(values.get("kept")) < since) {
    drop(url);
    return null;
  }
  values.delete("kept");
  return values;
};

/** Holds the fields of a form. */
export const hold = (url, values) => sessionStorage.setItem(spot(url), new URLSearchParams(values));

/** Forgets what is held: the server has it by another way, or nobody can write it there any more. */
export const drop = (url) => {
  clearTimeout(timers.get(url));
  timers.delete(url);
  sessionStorage.removeItem(spot(url));
};

const noted = (url) => {
  const values = held(url);
  values.delete("sending");
  values.set("kept", Date.now());
  hold(url, values);
};

const send = async (url) => {
  const body = held(url)?.toString();
  if (body === undefined) return;
  const answer = await post(url, new URLSearchParams(body), {
    keepalive: body.length < BESIDE_LEAVING,
    signal: patience(),
  });
  const status = answer?.status || 0;
  if (!status || status === 401 || status >= 500) soon(url, AGAIN);
  else if (held(url)?.toString() === body) {
    if (GONE.has(status)) drop(url);
    else if (answer.ok) noted(url);
  }
  const detail = { url, status, values: new URLSearchParams(body) };
  document.dispatchEvent(new CustomEvent("occ:kept", { detail }));
};
const soon = (url, delay) => {
  if (timers.has(url)) return; // not put off by the next key: who never pauses is kept, too
  timers.set(
    url,
    setTimeout(() => keep(url), delay),
  );
};

/**
 * Sends what is held now, after what is on its way; `occ:kept` on the document tells the answer's
 * status. What the server missed is sent again; what it refused stays held for the next page.
 */
export const keep = (url) => {
  clearTimeout(timers.get(url));
  timers.delete(url);
  turns.set(
    url,
    (turns.get(url) || Promise.resolve()).then(() => send(url)),
  );
};

/** Holds the fields of a form, and sends what is held after so many milliseconds. */
export const keepSoon = (url, values, delay) => {
  hold(url, values);
  soon(url, delay);
};

addEventListener("pagehide", () => {
  timers.forEach((timer, url) => {
    clearTimeout(timer);
    send(url);
  });
  timers.clear();
});
