// What is being written to a ticket: kept a moment after the last key, carried over when the ticket
// is drawn anew, and told to those who look at it, too.
import { beat } from "../beat.js";
import { now } from "../clock.js";
import { drop, held, hold, keep, keepSoon, missing } from "../keeping.js";
import { chooseAgain, forgetChoice } from "./copies.js";
import { composer, pen } from "./pen.js";

export const WRITING = "[data-composer] textarea, [data-composer] trix-editor";
const STILL = 15000;
let writing = 0;
let keyed = 0; // the same by the server's clock
const OLDER = 30_000; // what another device has stored so much later, it does not yield to

const timeIn = (zone) =>
  new Date(now()).toLocaleTimeString("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
  });
document.addEventListener("occ:kept", ({ detail: { url, status, values } }) => {
  const kept = status >= 200 && status < 300;
  const sending = values.has("sending");
  if (sending && status === 409) drop(url); // it was sent
  const at = composer();
  if (at?.dataset.draft !== url) return;
  if (sending && kept && !writing) fill(at, values);
  const { text, unsaved, zone } = at.querySelector("[data-saved]").dataset;
  const told = kept ? `${text} ${timeIn(zone)}` : unsaved;
  // not what comes after its answer
  at.querySelector("[data-saved]").textContent = at.elements.body.value.trim() ? told : "";
});
const look = () => {
  const panel = document.querySelector("[data-looking]");
  const writes = Date.now() - writing < STILL ? 1 : 0;
  if (panel) panel.dataset.looking = `ticket=${panel.dataset.ticket}&writing=${writes}`;
};
setInterval(look, 5000); // who stopped writing is not said to write
const typed = (at) => {
  const values = { kind: at.dataset.tab, at: keyed || now() };
  for (const name of ["body", "formatted", "last"]) values[name] = at.elements[name]?.value || "";
  return values;
};
const wrote = (event) => {
  if (!event.target.matches(WRITING)) return;
  // the editor also changes when it loads what is kept
  if (!event.target.closest(".t-editor, textarea").contains(document.activeElement)) return;
  const first = Date.now() - writing > STILL;
  [writing, keyed] = [Date.now(), now()];
  look();
  if (first) beat();
  const at = event.target.closest("form");
  keepSoon(at.dataset.draft, typed(at), 1500);
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

const fill = (at, values) => {
  if (at.elements.body.value !== values.get("body")) pen(at).load(values.get("body"));
  turnTo(at, values.get("kind"));
};

/** Goes to write an answer, a comment or a note, where this person may. */
export const write = (kind) => {
  const at = composer();
  if (!at?.querySelector(`[data-write=${kind}]`)) return;
  const turned = at.dataset.tab !== kind;
  show(at, kind);
  pen(at).focus();
  if (!turned || !at.elements.body.value) return;
  keyed = now();
  keepSoon(at.dataset.draft, typed(at), 1500);
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

// panes that are swapped under what is being written: held, and put back where it is the same ticket
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
  if (!at) return;
  if (sent && event.detail.xhr.status < 400) {
    drop(at.dataset.draft);
    forgetChoice(at);
  } else if (sent || writing)
    keepSoon(at.dataset.draft, typed(at), 0); // also what was refused
  else if (held(at.dataset.draft)) keep(at.dataset.draft);
});
// what is typed while it is sent would go with the answer, and be in neither; where it is refused or
// lost, it can be written on
document.addEventListener("htmx:beforeSend", ({ detail: { target, elt, xhr } }) => {
  const at = target.id === "t-ticket" && elt.closest("[data-composer]");
  if (!at) return;
  const url = at.dataset.draft;
  at.inert = true;
  drop(url);
  hold(url, { ...typed(at), sending: 1 }); // the page that is loaded next asks whether it was sent
  xhr.addEventListener("loadend", () => {
    at.inert = false;
    if (xhr.status && xhr.status < 400) drop(url);
    else if (held(url)?.has("sending")) keepSoon(url, typed(at), 0);
    if (at.isConnected && document.activeElement === document.body) pen(at).focus();
  });
});

/**
 * After a ticket was drawn: nobody writes, and what was written to it is there again. It may be drawn
 * without what was typed just before, and with what another device wrote since.
 */
export const carryOn = () => {
  writing = 0;
  const at = composer();
  chooseAgain(at);
  const values = at && missing(at.dataset.draft);
  if (!values) return;
  if (values.has("sending")) keep(at.dataset.draft);
  else if (Number(at.dataset.drafted || 0) > Number(values.get("at")) + OLDER)
    drop(at.dataset.draft);
  else {
    fill(at, values);
    keepSoon(at.dataset.draft, { ...Object.fromEntries(values), last: at.elements.last.value }, 0);
  }
};
