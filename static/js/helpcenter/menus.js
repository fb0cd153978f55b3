// Menus of the head close by Escape, once something else is touched or has the focus, where the page
// is scrolled under them and before it is left, for a browser shows it again as it was. A form is
// sent once, and the focus moves to what is wrong with it.
const open = () => document.querySelectorAll(".hc-drop[open]");

for (const name of ["pointerdown", "click", "focusin", "scroll", "pagehide"])
  addEventListener(name, ({ target }) => {
    for (const menu of open())
      if (!(target instanceof Element && menu.contains(target))) menu.open = false;
  });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.querySelector("[data-errors]")?.focus();
const sent = new Set();
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  if (sent.has(event.target)) event.preventDefault();
  else sent.add(event.target);
});
addEventListener("pageshow", () => sent.clear());
