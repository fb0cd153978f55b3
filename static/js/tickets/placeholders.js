// Placeholders go where somebody writes: a button puts its own at the cursor of the field of the
// same part that was written in last, else at the end of the text. Also one language of a result's
// texts at a time.
import { put } from "./pen.js";

const SAYS = "[data-says], trix-editor";
let last = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches(SAYS)) last = event.target;
});
const insert = (field, text) => {
  const { editor, value } = field;
  if (!editor) {
    const [from, to] =
      field === last ? [field.selectionStart, field.selectionEnd] : [value.length, value.length];
    put(field, text, from, to);
    return;
  }
  const end = editor.getDocument().toString().length - 1;
  const range = field === last ? editor.getSelectedRange() : end;
  field.focus();
  editor.recordUndoEntry("Insert");
  editor.setSelectedRange(range);
  editor.insertString(text);
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-place]");
  if (!button || event.detail > 1) return; // a double click inserts once
  const fields = [...button.closest("[data-places]").querySelectorAll(SAYS)].filter(
    (one) => !one.closest("[hidden]"),
  );
  insert(fields.includes(last) ? last : fields.pop(), button.dataset.place);
});

const speak = (chosen) => {
  chosen.checked = true;
  for (const one of chosen.closest("[role=radiogroup]").querySelectorAll("[data-speak]"))
    document.getElementById(one.dataset.speak).hidden = one !== chosen;
};
const speaker = (part) => document.querySelector(`[data-speak="${CSS.escape(part.id)}"]`);
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-speak]")) speak(target);
});
document.addEventListener("click", (event) => {
  // a link to what is wrong leads to a field that may be hidden
  const link = event.target.closest('a[href^="#"]');
  const part = link && document.getElementById(link.hash.slice(1))?.closest("[data-spoken]");
  if (part?.hidden) speak(speaker(part));
});
// a language that says something is no longer called empty
const said = (one) => (one.editor ? one.editor.getDocument().toString() : one.value || "").trim();
for (const name of ["input", "trix-change"])
  document.addEventListener(name, ({ target }) => {
    const part = target.closest?.("[data-spoken]");
    const empty = part && speaker(part)?.nextElementSibling.querySelector("small");
    if (empty) empty.hidden = [...part.querySelectorAll("textarea, trix-editor")].some(said);
  });
