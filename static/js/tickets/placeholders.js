// Placeholders go into a template's own form by a double click, or Enter, and into the text of a
// trigger's result, in the language that is shown there, by a click.
import { put } from "./pen.js";

const insert = (area, text) => {
  const trix = area.closest(".t-editor")?.querySelector("trix-editor");
  if (trix) trix.editor.insertString(text);
  else put(area, text, area.selectionStart, area.selectionEnd);
};
const place = (button) =>
  insert(document.getElementById(button.dataset.into), button.dataset.place);
document.addEventListener("dblclick", (event) => {
  const button = event.target.closest("[data-place][data-into]");
  if (button) place(button);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-place][data-into]")) return;
  event.preventDefault();
  place(event.target);
});

const SAYS = "[data-says], trix-editor";
let last = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches(`[data-spoken] :is(${SAYS})`)) last = event.target;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-place]:not([data-into])");
  if (button) {
    const shown = button.closest("[data-line]").querySelector("[data-spoken]:not([hidden])");
    insert(
      shown.contains(last) ? last : [...shown.querySelectorAll(SAYS)].pop(),
      button.dataset.place,
    );
  }
  const speaks = event.target.closest("[data-speak]");
  speaks?.parentElement.querySelectorAll("[data-speak]").forEach((one) => {
    one.setAttribute("aria-pressed", String(one === speaks));
    document.getElementById(one.dataset.speak).hidden = one !== speaks;
  });
});
// a language that says something is no longer called empty
const said = (one) => (one.editor ? one.editor.getDocument().toString() : one.value || "").trim();
for (const name of ["input", "trix-change"])
  document.addEventListener(name, ({ target }) => {
    const part = target.closest?.("[data-spoken]");
    const empty = part && document.querySelector(`[data-speak="${CSS.escape(part.id)}"] small`);
    if (empty) empty.hidden = [...part.querySelectorAll("textarea, trix-editor")].some(said);
  });
