// Forms that grow: lines added and removed, parts that open by what is chosen.
const FIELD = ":is(input:not([type=hidden]), select, textarea):not([hidden])";
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-line-add]");
  if (add) {
    const box = add.closest("fieldset, section, form");
    const made = box.querySelector("[data-line-new]").content.cloneNode(true);
    const lines = box.querySelector("[data-lines]");
    lines.append(made);
    htmx.process(lines.lastElementChild);
    lines.lastElementChild.querySelector(FIELD)?.focus();
  }
  const away = event.target.closest("[data-line-away]");
  if (away) {
    const line = away.closest("[data-line]");
    const next = line.nextElementSibling || line.previousElementSibling;
    line.dispatchEvent(new Event("input", { bubbles: true })); // the form is not as it was
    line.remove();
    next?.querySelector(FIELD)?.focus();
  }
});

// a part is shown while its chooser has one of the values it is for
const open = (chooser) => {
  const part = document.getElementById(chooser.dataset.opens);
  if (part) part.hidden = !chooser.dataset.opensAt.split(" ").includes(chooser.value);
};
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-opens]")) open(event.target);
});
