// Placeholders go into a template's own form: by a double click, or Enter.
import { put } from "./pen.js";

const place = (button) => {
  const area = document.getElementById(button.dataset.into);
  const trix = area.closest(".t-editor")?.querySelector("trix-editor");
  if (trix) trix.editor.insertString(button.dataset.place);
  else put(area, button.dataset.place, area.selectionStart, area.selectionEnd);
};
document.addEventListener("dblclick", (event) => {
  const button = event.target.closest("[data-place]");
  if (button) place(button);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-place]")) return;
  event.preventDefault();
  place(event.target);
});
