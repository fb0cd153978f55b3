// The panel beside the ticket: one of its parts at a time, the same one after a swap.
const tabs = () => [...document.querySelectorAll(".t-tabs [data-pane]")];
const show = (name, enter = false) => {
  const chosen = tabs().find((tab) => tab.dataset.pane === name) || tabs()[0];
  tabs().forEach((tab) => {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
  });
  if (!chosen) return;
  const shown = document.getElementById(chosen.getAttribute("aria-controls"));
  shown
    .querySelectorAll("[hx-trigger*='occ:shown']")
    .forEach((part) => htmx.trigger(part, "occ:shown"));
  if (!enter) return;
  shown.querySelector("input")?.focus();
  // where it stands below the ticket
  const side = shown.closest(".t-side");
  if (side.offsetTop > side.previousElementSibling.offsetTop) side.scrollIntoView();
};
const open = (name, enter) => {
  sessionStorage.setItem("occ-pane", name);
  show(name, enter);
};

/** Shows the part that was open before the panel was drawn anew. */
export const showAgain = () => show(sessionStorage.getItem("occ-pane"));

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-pane]");
  const opener = event.target.closest("[data-open-pane]");
  if (tab) open(tab.dataset.pane);
  if (opener) open(opener.dataset.openPane, true);
});
document.addEventListener("keydown", (event) => {
  const at = tabs().indexOf(event.target);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (at < 0 || !step) return;
  const next = tabs()[(at + step + tabs().length) % tabs().length];
  open(next.dataset.pane);
  next.focus();
});
