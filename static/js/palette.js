// Command palette and shortcuts. Nothing fires while typing or composing Hangul.
import { command } from "./keys.js";

const palette = document.getElementById("o-palette");
const input = palette.querySelector("input");
const list = palette.querySelector("ul");
let items = [];
let ready = null;
const none = palette.querySelector("p");
let at = 0;

const shown = () => items.filter((item) => !item.hidden);
const mark = (index) => {
  const rows = shown();
  at = rows.length ? (index + rows.length) % rows.length : 0;
  items.forEach((item) => {
    item.classList.remove("is-on");
    item.firstElementChild.setAttribute("aria-selected", "false");
  });
  const row = rows[at];
  row?.classList.add("is-on");
  row?.firstElementChild.setAttribute("aria-selected", "true");
  row?.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", row?.firstElementChild.id || "");
};
const filter = () => {
  const words = input.value.toLowerCase().split(/\s+/);
  items.forEach((item) => {
    item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
  });
  none.hidden = shown().length > 0 || !items.length;
  const said = input.value.trim().toLowerCase();
  const named = shown().findIndex(
    (item) => item.querySelector("span").textContent.trim().toLowerCase() === said,
  );
  mark(Math.max(0, named)); // whose name is typed whole stands before those that begin with it
};
const load = async () => {
  const answer = await fetch(list.dataset.from, { headers: { "HX-Request": "true" } }).catch(
    () => null,
  );
  if (answer?.ok) list.innerHTML = await answer.text();
  else ready = null; // asked again when it is opened next
  items = [...list.querySelectorAll("li")];
  filter();
};
const open = () => {
  input.value = "";
  ready ||= load();
  if (items.length) filter();
  palette.showModal();
  input.focus();
};
input.addEventListener("input", filter);
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    mark(at + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Enter") {
    event.preventDefault();
    ready?.then(() => shown()[at]?.querySelector("a").click());
  }
});
palette.addEventListener("click", (event) => {
  if (event.target === palette) palette.close();
});
document.querySelector("[data-palette]").addEventListener("click", open);

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts !== "on") return;
  const found = command(event, {
    typing: Boolean(event.target.closest?.("input, textarea, select, [contenteditable]")),
    dialog: Boolean(document.querySelector("dialog[open]")),
  });
  if (found === "palette") {
    event.preventDefault();
    if (!palette.open) open();
  }
  if (found === "help") document.querySelector("[data-help]").click();
  if (found === "search") {
    const search = document.querySelector("main input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});
