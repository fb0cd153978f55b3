// Menus of the head close by Escape, by a click elsewhere and when another one opens. A form is sent
// once, and the focus moves to what is wrong with it.
const open = () => document.querySelectorAll(".hc-drop[open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
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
