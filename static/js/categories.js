// The column browser: arrow keys, renaming in place by double click or F2, the cursor that stays
// ready after adding.
const board = () => document.querySelector("[data-categories]");
const step = (link, key) => {
  const columns = [...board().querySelectorAll(".k-col")];
  const at = columns.indexOf(link.closest(".k-col"));
  if (key === "ArrowUp" || key === "ArrowDown") {
    const rows = [...columns[at].querySelectorAll("li a")];
    return rows[rows.indexOf(link) + (key === "ArrowDown" ? 1 : -1)];
  }
  const column = columns[at + (key === "ArrowRight" ? 1 : -1)];
  return column?.querySelector("a[aria-current]") || column?.querySelector("li a");
};
let saving = null;
const rename = () => {
  const title = document.querySelector("[data-rename]");
  if (!title || title.hidden) return;
  const input = document.createElement("input");
  Object.assign(input, {
    className: "form-control k-rename",
    value: title.textContent.trim(),
    dir: "auto",
  });
  input.setAttribute("aria-label", title.dataset.label);
  let saved = false;
  const close = () => {
    saved = true;
    input.remove();
    title.hidden = false;
  };
  const save = () => {
    if (saved) return;
    if (input.value.trim() === title.textContent.trim()) return close();
    saved = true;
    saving = htmx.ajax("POST", title.dataset.rename, {
      source: "#board",
      target: "#board",
      values: { name: input.value },
    });
    saving.finally(() => {
      saving = null;
    });
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") close();
    if (event.key === "Enter") {
      event.preventDefault();
      save();
    }
  });
  input.addEventListener("blur", save);
  title.hidden = true;
  title.after(input);
  input.select();
};
document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("[data-categories] li a");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow")) {
    const next = step(link, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
  if (event.key === "F2" && link.getAttribute("aria-current")) rename();
  if (event.key === "Delete" && link.getAttribute("aria-current"))
    document.querySelector("[data-delete]")?.click();
});
// The first click of two opens the category, the second one is to change its name. It counts when
// the button goes down: between down and up the answer to the first may draw the row anew, and a
// row that was there for half a click gets neither click nor dblclick.
let wanted = "";
document.addEventListener("mousedown", (event) => {
  const link = event.target.closest("[data-categories] li a");
  if (event.button || event.detail !== 2 || !(link || event.target.closest("[data-rename]")))
    return;
  event.preventDefault();
  wanted = link && !link.hasAttribute("aria-current") ? link.dataset.id : "";
  if (!wanted) rename();
});
// a click elsewhere saves the new name first, and stays where that is refused
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("[data-categories] li a");
    if (event.detail === 1) wanted = "";
    if (!link || (event.detail < 2 && !saving)) return;
    event.preventDefault();
    event.stopPropagation();
    saving?.then(() => {
      if (!document.querySelector("#board .o-err"))
        document.querySelector(`[data-categories] a[data-id="${link.dataset.id}"]`)?.click();
    });
  },
  true,
);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-rename-start]")) rename();
});
let focused = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "board") focused = document.activeElement?.dataset?.id || "";
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "board") return;
  const target =
    event.detail.target.querySelector("[autofocus]") ||
    event.detail.target.querySelector(`a[data-id="${focused}"]`);
  target?.focus();
  if (wanted && event.detail.target.querySelector(`a[data-id="${wanted}"][aria-current]`)) {
    wanted = "";
    rename();
  }
  event.detail.target
    .querySelectorAll("a[aria-current]")
    .forEach((row) => row.scrollIntoView({ block: "nearest" }));
});
