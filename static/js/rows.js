// Rows of tabs and choices that are wider than the screen: the chosen one is scrolled into sight,
// at the start, once another is chosen and where a part of the page was drawn anew.
const ROWS = ".o-tabs, .o-seg, .hc-tabs, .hc-chips";
const CHOSEN =
  "[aria-current]:not([aria-current=false]), [aria-selected=true], [aria-pressed=true], :checked";

/** How far a row has to be scrolled so that one of it stands in its middle: 0 where all of it is
    seen. */
export function off(row, one) {
  if (one.left >= row.left && one.right <= row.right) return 0;
  return (one.left + one.right - row.left - row.right) / 2;
}

function show(row) {
  if (row.scrollWidth <= row.clientWidth) return;
  const chosen = row.querySelector(CHOSEN);
  const one = chosen?.closest("label") ?? chosen;
  if (one) row.scrollLeft += off(row.getBoundingClientRect(), one.getBoundingClientRect());
}

function showAll(root) {
  for (const row of root.querySelectorAll(ROWS)) show(row);
}

if (typeof document !== "undefined") {
  showAll(document);
  document.addEventListener("htmx:afterSettle", ({ target }) => showAll(target));
  for (const name of ["change", "click"])
    document.addEventListener(name, ({ target }) => {
      const row = target.closest?.(ROWS);
      if (row) requestAnimationFrame(() => show(row));
    });
}
