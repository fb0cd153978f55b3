// What is being written to a ticket: kept a moment after the last key, carried over when the ticket
// is drawn anew, and told to those who look at it, too.
import { beat } from "../beat.js";
import { now } from "../clock.js";
import { drop, held, keep, keepSoon } from "../keeping.js";
import { composer, pen } from "./pen.js";

export const WRITING = "[data-composer] textarea, [data-composer] trix-editor";
const STILL = 15000;
let writing = 0;
let missing = ""; // what this page may be drawn without

const timeIn = (zone) =>
  new Date(now()).toLocaleTimeString("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
  });
document.addEventListener("occ:kept", ({ detail: { url, kept, values } }) => {
  const at = composer();
  if (at?.dataset.draft !== url) return;
  if (kept && !writing && values.toString() === missing) {
    pen(at).load(values.get("body"));
    turnTo(at, values.get("kind"));
  }
  missing = "";
  const place = at.querySelector("[data-saved]");
  const shown = kept && at.elements.body.value.trim(); // not what comes after its answer
  place.textContent = shown ? `${place.dataset.text} ${timeIn(place.dataset.zone)}` : "";
});
const look = () => {
  const panel = document.querySelector("[data-looking]");
  const writes = Date.now() - writing < STILL ? 1 : 0;
  if (panel) panel.dataset.looking = `ticket=${panel.dataset.ticket}&writing=${writes}`;
};
setInterval(look, 5000); // who stopped writing is not said to write
const wrote = (event) => {
  if (!event.target.matches(WRITING)) return;
  // the editor also changes when it loads what is kept
  if (!event.target.closest(".t-editor, textarea").contains(document.activeElement)) return;
  const first = Date.now() - writing > STILL;
  writing = Date.now();
  look();
  if (first) beat();
  const at = event.target.closest("form");
  const values = { kind: at.dataset.tab };
  for (const name of ["body", "formatted", "last"]) values[name] = at.elements[name]?.value || "";
  keepSoon(at.dataset.draft, values, 1500);
};
document.addEventListener("input", wrote);
document.addEventListener("trix-change", wrote);
const show = (at, kind) => {
  at.dataset.tab = kind;
  at.elements.kind.value = kind;
  at.querySelectorAll("[data-write]").forEach((tab) =>
    tab.setAttribute("aria-selected", String(tab.dataset.write === kind)),
  );
};
const turnTo = (at, kind) => {
  if (at.querySelector(`[data-write=${kind}]`)) show(at, kind);
};

/** Goes to write an answer, a comment or a note, where this person may. */
export const write = (kind) => {
  const at = composer();
  if (!at?.querySelector(`[data-write=${kind}]`)) return;
  show(at, kind);
  pen(at).focus();
};
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-write]");
  if (tab) write(tab.dataset.write);
});

/** Sends what is written, by the button of its tab. */
export const send = () => {
  const at = composer();
  const click = () => at.querySelector(`[data-main][data-for=${at.dataset.tab}]`)?.click();
  requestAnimationFrame(() => setTimeout(click)); // the editor has taken in the last key by then
};

// panes that are swapped under what is being written: kept at once, and put back where it is the
// same ticket
let carried = null;
// the answer to a change of a ticket that was left meanwhile takes nobody back to it
const late = ({ verb, path }) => {
  const open = document.querySelector("article[data-ticket]")?.dataset.ticket;
  const changed = verb !== "get" && path.match(/\/tickets\/(\d+)\//)?.[1];
  return Boolean(open && changed && open !== changed);
};
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "t-ticket") return;
  if (late(event.detail.requestConfig)) {
    event.detail.shouldSwap = false;
    return;
  }
  const at = composer();
  const sent = event.detail.requestConfig?.elt?.closest?.("[data-composer]");
  carried =
    at && !sent && at.elements.body.value
      ? { draft: at.dataset.draft, tab: at.dataset.tab, body: at.elements.body.value }
      : null;
  if (sent && event.detail.xhr.status < 400) drop(at.dataset.draft);
  else if (at && held(at.dataset.draft)) keep(at.dataset.draft); // also what was refused
});
// what is typed while it is sent would go with the answer, and be in neither; where it is refused or
// lost, it can be written on
document.addEventListener("htmx:beforeSend", ({ detail: { target, elt, xhr } }) => {
  const at = target.id === "t-ticket" && elt.closest("[data-composer]");
  if (!at) return;
  at.inert = true;
  xhr.addEventListener("loadend", () => {
    at.inert = false;
    if (at.isConnected && document.activeElement === document.body) pen(at).focus();
  });
});

// this page may be drawn without what was typed just before the last one was left
const resume = (at) => {
  const typed = held(at.dataset.draft);
  if (!typed) return;
  missing = typed.toString();
  keep(at.dataset.draft); // the server knows whether it was sent meanwhile
};

/** After a ticket was drawn: nobody writes, and what was written to it is there again. */
export const carryOn = () => {
  writing = 0;
  const at = composer();
  if (carried && at?.dataset.draft === carried.draft) {
    if (!at.elements.body.value) pen(at).load(carried.body);
    turnTo(at, carried.tab);
  } else if (at) resume(at);
  carried = null;
};
