// Tickets that are changed together: chosen by box or x, told above the list.
import { pointed, screen } from "./list.js";

const boxes = () => [...document.querySelectorAll(".t-item input[name=ticket]:not(:disabled)")];
const told = () => {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const chosen = boxes().filter((box) => box.checked).length;
  const place = bar.querySelector("[data-bulk-text]");
  bar.hidden = !chosen;
  place.textContent = chosen ? place.dataset.bulkText.replace("{n}", chosen) : "";
  const all = document.querySelector("[data-bulk-all]");
  if (all) {
    all.checked = Boolean(chosen) && chosen === boxes().length;
    all.indeterminate = Boolean(chosen) && !all.checked;
  }
};
const choose = (on) => {
  boxes().forEach((box) => {
    box.checked = on;
  });
  told();
};

/** Chooses the row that keys act on, or no longer. */
export const toggle = () => {
  const box = pointed()?.querySelector("input[name=ticket]");
  if (!box || box.disabled) return;
  box.checked = !box.checked;
  told();
};

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-bulk-all]")) choose(event.target.checked);
  else if (event.target.name === "ticket") told();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-bulk-none]")) choose(false);
});
document.addEventListener("occ:live", (event) => {
  if (event.target.matches(".t-cols")) told();
});
window.addEventListener("pageshow", () => {
  if (screen()) told();
});
