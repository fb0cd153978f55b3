// Templates and other people's texts go into what is being written: by a click, by ::code while
// typing, and after somebody was faster.
import { post } from "../request.js";
import { codeAtEnd } from "./codes.js";
import { WRITING } from "./composer.js";
import { composer, pen } from "./pen.js";

const fetched = async (url, values) => {
  const answer = await post(url, new URLSearchParams(values));
  const said = answer?.headers.get("HX-Trigger") || "{}";
  const told = said.startsWith("{") ? JSON.parse(said) : { [said]: "" };
  Object.entries(told).forEach(([name, detail]) => htmx.trigger(document.body, name, detail));
  return answer?.ok ? answer.text() : null;
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button || !composer()) return;
  const text = await fetched(button.dataset.insert, {});
  if (text !== null) pen().insert(text);
});
const called = async (event) => {
  if (!event.target.matches(WRITING) || event.isComposing) return;
  const found = codeAtEnd(pen().before());
  if (!found) return;
  const text = await fetched(composer().dataset.codes, { code: found.code });
  if (text !== null && pen().before().endsWith(found.typed)) pen().insert(text, found.typed.length);
};
document.addEventListener("input", (event) => {
  if (/\s/.test(event.data || "")) called(event);
});
document.addEventListener("trix-change", called);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button || !composer()) return;
  pen().append(button.dataset.take);
  button.disabled = true;
});
