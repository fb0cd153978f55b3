// Rows that are dragged to another place; the buttons beside the grip do the same by keyboard.
const loaded = import("../vendor/Sortable.min.js");

const attach = () =>
  document.querySelectorAll("[data-grip]").forEach((grip) => {
    const list = grip.closest("tr, li")?.parentElement;
    if (!list || list.sortable) return;
    list.addEventListener("change", (event) => {
      if (event instanceof CustomEvent) event.stopPropagation();
    }); // no field of a form
    list.sortable = new Sortable(list, {
      handle: "[data-grip]",
      draggable: "tr:has([data-grip]), li:has([data-grip])",
      forceFallback: true, // the same by mouse, finger and pen
      animation: 120,
      onEnd: (event) => {
        if (event.newDraggableIndex === event.oldDraggableIndex) return;
        const url = event.item.querySelector("[data-grip]").dataset.grip;
        const first = Math.min(
          ...[...list.querySelectorAll("[data-grip]")].map((one) => Number(one.dataset.at)),
        ); // after fixed rows
        htmx
          .ajax("POST", url, {
            source: event.item,
            swap: "none",
            values: { place: first + event.newDraggableIndex },
          })
          // also after a refusal: as it is stored
          .then(() => document.body.dispatchEvent(new CustomEvent("occ:refresh")));
      },
    });
  });
const begin = () => loaded.then(attach);
begin();
// a row that was moved by its buttons keeps the focus where it comes
let moved = "";
document.addEventListener("click", (event) => {
  moved = event.target.closest("[data-move]")?.dataset.move || "";
});
document.addEventListener("htmx:afterSettle", () => {
  begin();
  const button = moved && document.querySelector(`[data-move="${CSS.escape(moved)}"]`);
  if (!button) return;
  (button.disabled
    ? button.parentElement.querySelector("[data-move]:not(:disabled)")
    : button
  )?.focus();
  moved = "";
});
