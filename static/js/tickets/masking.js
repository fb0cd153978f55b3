// What is marked in a text goes into the dialog that masks it.
let marked = "";
document.addEventListener("pointerdown", (event) => {
  const link = event.target.closest?.("[data-marked]");
  if (!link) return;
  const chosen = getSelection();
  const inside = link.closest(".t-msg").contains(chosen.anchorNode);
  marked = inside ? String(chosen).trim().slice(0, 1000) : "";
});
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches?.("[data-marked]")) return; // news ask meanwhile, too
  event.detail.parameters.text = marked;
  marked = "";
});
