// Files pasted or dropped where a text is written, or onto a field, go the way of chosen ones.
import { finished } from "../request.js";

const attach = (files, input = document.querySelector("[data-takes-files] [data-files]")) => {
  if (!input || !files.length) return false;
  const chosen = new DataTransfer();
  [...files].forEach((file) => chosen.items.add(file));
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
};
document.addEventListener("paste", (event) => {
  const at = event.target.closest?.("[data-takes-files]");
  if (!at || event.target.closest("trix-editor")) return; // the editor takes its own
  if (attach(event.clipboardData.files)) event.preventDefault();
});
const dragged = (event) => {
  const leaves = event.type === "dragleave";
  const field = event.target.closest?.(".o-upload");
  const at = field || event.target.closest?.("[data-takes-files]");
  if (!at || event.target.closest("trix-editor")) return;
  if (!leaves && !event.dataTransfer.types.includes("Files")) return;
  at.classList.toggle("is-over", event.type === "dragover");
  if (!leaves) event.preventDefault();
  if (event.type !== "drop") return;
  if (field) attach([...event.dataTransfer.files].slice(0, 1), field.querySelector("[type=file]"));
  else attach(event.dataTransfer.files);
};
document.addEventListener("dragover", dragged);
document.addEventListener("drop", dragged);
document.addEventListener("dragleave", dragged);
document.addEventListener("occ:files", (event) => attach(event.detail));
finished(({ elt }) => {
  if (elt.matches("[data-files]")) elt.value = "";
});
