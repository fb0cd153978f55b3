// Live parts: timers tick here, parts poll with their ETag, and wait while somebody works in them.
import { duration, heard, now } from "./clock.js";
import { inHand } from "./hands.js";
import {
  compared,
  headers,
  meaning,
  patience,
  settling,
  showing,
  stale,
  turns,
} from "./polling.js";

const SOON = 200; // milliseconds until a part is asked for again that is in somebody's hands
/** Seconds between two polls of a live part. */
const every = (part) => Number(part.dataset.every || 3);
/** Timers and what is stale, drawn anew; each second, and when a part brings new ones. */
export const tick = () => {
  document.querySelectorAll("time[data-since]").forEach((t) => {
    t.textContent = duration((now() - Date.parse(t.dateTime)) / 1000);
  });
  document.querySelectorAll("time[data-until]").forEach((t) => {
    t.textContent = duration((Date.parse(t.dateTime) - now()) / 1000);
  });
  document.querySelectorAll("[data-fresh]").forEach((part) => {
    const age = (Date.now() - Number(part.dataset.fresh)) / 1000;
    const shown = !part.closest("[hidden]"); // what is hidden does not poll
    part.classList.toggle("is-stale", shown && stale(age, every(part)));
    document.body.classList.toggle(
      "is-stale",
      Boolean(document.querySelector("[data-fresh].is-stale, [data-down]")),
    );
    document.querySelectorAll("[data-stale-for]").forEach((el) => {
      el.textContent = duration(age);
    });
  });
};
setInterval(tick, 1000);

const busy = (part) => {
  const active = document.activeElement;
  if (
    active &&
    part.contains(active) &&
    active.matches("input, select, textarea, summary, [aria-expanded=true]")
  )
    return true;
  const chosen = getSelection();
  return Boolean(
    (chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode)) ||
      part.querySelector("details[open], dialog[open]"),
  );
};
const begun = new WeakMap(); // part → its turns and what it shows
/** One poll of a part; milliseconds until the next, or null where there is none. */
const poll = async (part, shows) => {
  const pause = every(part) * 1000;
  if (!part.isConnected) return null;
  if (document.hidden && !part.hasAttribute("data-always")) return pause;
  if (part.closest("[hidden]")) return pause;
  try {
    const { etag, holds } = shows.asked();
    const answer = await fetch(part.dataset.live, {
      cache: "no-store",
      headers: headers(etag),
      signal: patience(),
    });
    heard(answer.headers.get("Date"));
    const means = meaning(answer.status);
    if (means === "login") document.body.dispatchEvent(new CustomEvent("occ:login"));
    if (means === "gone") {
      if (part.hasAttribute("data-leave")) location.reload();
      return null;
    }
    const html = means === "changed" && (await answer.text());
    if (!holds()) return pause;
    if (means === "changed" && inHand(part)) return SOON;
    if (means === "changed" || means === "same") part.dataset.fresh = String(Date.now());
    if (part.settle && !workedIn(part)) part.settle();
    if (means === "changed") {
      if (part.hasAttribute("data-merge")) merge(part, html);
      else if (busy(part)) return pause;
      else change(part, html, !etag);
      shows.drew(answer.headers.get("ETag"));
    }
  } catch {
    // stays as it is; `is-stale` says so once it is too old
  }
  return pause;
};
const change = (part, html, first) => {
  // a part that was only a place until now has nothing that could have changed
  const seen = part.hasAttribute("data-now") && first ? [] : part.querySelectorAll("[data-n]");
  const before = new Map([...seen].map((el) => [el.dataset.n, el.textContent]));
  const open = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.innerHTML = html;
  if (window.htmx) htmx.process(part);
  part.querySelectorAll("[data-n]").forEach((el) => {
    if (before.has(el.dataset.n) && before.get(el.dataset.n) !== el.textContent)
      el.classList.add("is-new-value");
  });
  if (open) document.getElementById(open)?.focus();
  tick();
  part.dispatchEvent(new CustomEvent("occ:live", { bubbles: true }));
};
// lists that are worked in: rows are changed in their place, new ones wait behind a button, those
// that left are struck out; lists that say "in-place" show both as soon as nobody works in them
const parsed = (html) =>
  new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
const chosen = (part) =>
  new Set([...part.querySelectorAll("input:checked")].map((box) => `${box.name}=${box.value}`));
const choose = (part, names) =>
  part.querySelectorAll("input[type=checkbox], input[type=radio]").forEach((box) => {
    if (box.name) box.checked = names.has(`${box.name}=${box.value}`);
  });
const shown = new WeakMap();
const remember = (part) =>
  part.querySelectorAll("[data-row], [data-part]").forEach((row) => {
    if (!shown.has(row)) shown.set(row, row.outerHTML);
  });
const put = (old, fresh) => {
  const made = document.importNode(fresh, true);
  shown.set(made, fresh.outerHTML);
  choose(made, chosen(old));
  const focus = old.contains(document.activeElement)
    ? [...old.querySelectorAll("a, button, input")].indexOf(document.activeElement)
    : -1;
  old.replaceWith(made);
  if (window.htmx) htmx.process(made);
  if (focus >= 0) made.querySelectorAll("a, button, input")[focus]?.focus();
  return made;
};
// somebody has chosen rows, points at one, reads further down, or has a dialog open: nothing may
// move under them
const isRow = (name) => !name.startsWith("part-");
const workedIn = (part) =>
  busy(part) ||
  part.contains(document.activeElement) ||
  part.getBoundingClientRect().top < 0 ||
  Boolean(
    part.querySelector("[data-row] input:checked, [data-row] :is(a, button, label, input):hover") ||
      document.querySelector("dialog[open]"),
  );
const merge = (part, html) => {
  const fresh = parsed(html);
  if (!fresh) return;
  const key = (row) => row.dataset.row || `part-${row.dataset.part}`;
  const rows = new Map(
    [...part.querySelectorAll("[data-row], [data-part]")].map((row) => [key(row), row]),
  );
  const others = new Map(
    [...fresh.querySelectorAll("[data-row], [data-part]")].map((row) => [key(row), row]),
  );
  const { added, gone } = compared(new Set(rows.keys()), new Set(others.keys()));
  rows.forEach((row, name) => {
    const other = others.get(name);
    if (!other) {
      row.classList.add("is-gone");
      row.querySelectorAll("input").forEach((box) => {
        box.checked = false;
        box.disabled = true;
      });
    } else if (shown.get(row) !== other.outerHTML) {
      const made = put(row, other);
      if (made.dataset.row) made.classList.add("is-new-value");
    }
  });
  const button = part.querySelector("[data-newer]");
  const all = () => {
    part.settle = null;
    const names = chosen(part);
    part.innerHTML = fresh.innerHTML;
    if (window.htmx) htmx.process(part);
    choose(part, names);
    remember(part);
    part.dispatchEvent(new CustomEvent("occ:live", { bubbles: true }));
  };
  const inPlace = part.dataset.merge === "in-place";
  const next = settling({
    changed: added.length + gone.length > 0,
    inPlace,
    worked: workedIn(part),
    button,
    rows: [...rows.keys()].some(isRow),
  });
  if (next === "nothing") part.settle = null;
  else if (next === "redraw") all();
  else {
    part.settle = inPlace ? all : null;
    button.hidden = false;
    const [more, less] = [added, gone].map((names) => names.filter(isRow).length);
    const counts = [more && `+${more}`, less && `−${less}`];
    button.textContent = `${button.dataset.text} (${counts.filter(Boolean).join(" ")})`;
    button.onclick = all;
  }
  tick();
  part.dispatchEvent(new CustomEvent("occ:live", { bubbles: true }));
};
const begin = (root) =>
  root.querySelectorAll("[data-live]").forEach((part) => {
    if (begun.has(part)) return;
    part.dataset.fresh = String(Date.now());
    if (part.hasAttribute("data-merge")) remember(part);
    const shows = showing();
    const { now: ask, later } = turns(() => poll(part, shows));
    begun.set(part, { ask, shows });
    if (part.hasAttribute("data-now")) ask();
    else later(every(part) * 1000);
  });
begin(document);
document.addEventListener("htmx:afterSettle", (event) =>
  begin(event.detail.target.parentElement || document),
);
// htmx draws in a part: what was asked before, and what is to be settled, is of an older drawing
const redrawn = ({ detail: { target, shouldSwap } }) => {
  const part = shouldSwap && target.closest?.("[data-live]");
  if (!begun.has(part)) return;
  begun.get(part).shows.redrawn();
  part.settle = null;
};
document.addEventListener("htmx:beforeSwap", redrawn);
document.addEventListener("htmx:oobBeforeSwap", redrawn);
/** Fetches the live parts of what has just been opened at once. */
export const look = (root) => {
  begin(root);
  root.querySelectorAll("[data-live]").forEach((part) => {
    begun.get(part).ask();
  });
};
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look(document);
});
tick();
