// Templates and other people's texts go into what is being written: by a click, by ::code while
// typing, from the list that :: opens, and after somebody was faster.
import { post } from "../request.js";
import { codeAtEnd, partAtEnd } from "./codes.js";
import { WRITING } from "./composer.js";
import { composer, pen } from "./pen.js";

// null also where another ticket is open by the time of the answer: it speaks of the one before
const fetched = async (url, values) => {
  const { draft } = composer().dataset;
  const answer = await post(url, new URLSearchParams(values));
  const said = answer?.headers.get("HX-Trigger") || "{}";
  const told = said.startsWith("{") ? JSON.parse(said) : { [said]: "" };
  Object.entries(told).forEach(([name, detail]) => htmx.trigger(document.body, name, detail));
  const text = answer?.ok ? await answer.text() : null;
  return composer()?.dataset.draft === draft ? text : null;
};
// the list that "::" opens: it follows what is typed, the text keeps the focus
const list = () => composer()?.querySelector("[data-code-list]");
const rows = () => [...(list()?.querySelectorAll("[data-insert]") || [])];
const isOpen = () => Boolean(list() && !list().hidden);
let part = null;
let asked = 0;
const point = (row) => {
  rows().forEach((one) => {
    one.removeAttribute("aria-current");
  });
  row?.setAttribute("aria-current", "true");
  row?.scrollIntoView({ block: "nearest" });
};
const shut = () => {
  part = null;
  if (isOpen()) list().hidden = true;
};
const follow = async () => {
  const found = composer() && partAtEnd(pen().before());
  if (!found || !list()) return shut();
  if (found.part === part) return;
  part = found.part;
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams({ q: part });
  const answer = await fetch(`${list().dataset.codeList}?${query}`, {
    headers: { "HX-Request": "true" },
  });
  const html = answer.ok ? await answer.text() : "";
  if (mine !== asked || !answer.ok || part === null || !list()) return;
  list().innerHTML = html;
  list().hidden = false;
  point(rows()[0]);
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button || !composer()) return;
  const typed = (list()?.contains(button) && partAtEnd(pen().before())?.typed) || "";
  shut();
  const text = await fetched(button.dataset.insert, {});
  if (text !== null) pen().insert(text, pen().before().endsWith(typed) ? typed.length : 0);
});
document.addEventListener(
  "keydown",
  (event) => {
    if (!isOpen() || !event.target.matches(WRITING) || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = rows().findIndex((row) => row.hasAttribute("aria-current"));
    if (step && rows().length) point(rows()[(at + step + rows().length) % rows().length]);
    else if (["Enter", "Tab"].includes(event.key) && at >= 0 && !event.ctrlKey) rows()[at].click();
    else if (event.key === "Escape") list().hidden = true;
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
const called = async (event) => {
  if (!event.target.matches(WRITING) || event.isComposing) return;
  const found = codeAtEnd(pen().before());
  if (!found) return;
  const text = await fetched(composer().dataset.codes, { code: found.code });
  if (text !== null && pen().before().endsWith(found.typed)) pen().insert(text, found.typed.length);
};
document.addEventListener("input", (event) => {
  if (/\s/.test(event.data || "")) called(event);
  if (event.target.matches(WRITING)) follow();
});
document.addEventListener("trix-change", (event) => {
  called(event);
  if (event.target.matches(WRITING) && event.target.contains(document.activeElement)) follow();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button || !composer()) return;
  pen().append(button.dataset.take);
  button.disabled = true;
});
