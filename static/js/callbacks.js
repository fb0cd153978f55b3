// Assignment: what is chosen, what everybody will have, select all.
import { dealt } from "./counting.js";

const checked = (form, name) => [...form.querySelectorAll(`input[name=${name}]:checked`)];
const tell = (form) => {
  const callbacks = checked(form, "callback").length;
  const manual = form.querySelector("input[name=mode]:checked")?.value === "manual";
  const agents = checked(form, "member");
  const deals = Boolean(form.querySelector("input[name=mode]"));
  const text = form.querySelector("[data-deal-text]");
  const go = form.querySelector("[data-deal-go]");
  if (!text || !go) return;
  const ready = callbacks && (!deals || (manual ? agents.length === 1 : agents.length));
  text.textContent =
    callbacks && (!deals || agents.length)
      ? text.dataset.some.replace("{n}", callbacks).replace("{a}", agents.length)
      : text.dataset.none;
  go.disabled = !ready;
  const mode = form.querySelector("[data-mode-text]");
  if (mode) mode.textContent = manual ? mode.dataset.manual : mode.dataset.even;
  form.querySelectorAll("[data-open]").forEach((place) => {
    const open = Number(place.dataset.open);
    const box = place.closest("li").querySelector("input");
    if (!callbacks || !box.checked) {
      place.textContent = open;
      return;
    }
    place.textContent = dealt(open, callbacks, agents.length);
  });
  form.querySelectorAll("[data-all]").forEach((all) => {
    const boxes = [...form.querySelectorAll(`input[name=${all.dataset.all}]:not(:disabled)`)];
    all.checked = Boolean(boxes.length) && boxes.every((box) => box.checked);
    all.indeterminate = !all.checked && boxes.some((box) => box.checked);
  });
};
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-deal]");
  if (!form) return;
  if (event.target.dataset.all)
    form
      .querySelectorAll(`input[name=${event.target.dataset.all}]:not(:disabled)`)
      .forEach((box) => {
        box.checked = event.target.checked;
      });
  if (
    event.target.name === "member" &&
    event.target.checked &&
    form.querySelector("input[name=mode]:checked").value === "manual"
  ) {
    checked(form, "member").forEach((box) => {
      box.checked = box === event.target;
    });
  }
  tell(form);
});
document.addEventListener("occ:live", (event) => {
  if (event.target.matches("form[data-deal]")) tell(event.target);
});
