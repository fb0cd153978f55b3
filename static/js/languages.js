// Forms in several languages: one is shown at a time, all are sent; languages without a text say so.
const LANGUAGE = "[data-language]";

const parts = (form) => [
  ...form.querySelectorAll(LANGUAGE),
  ...[...form.querySelectorAll("template")].flatMap((one) => [
    ...one.content.querySelectorAll(LANGUAGE),
  ]),
];
const show = (form, code) => {
  for (const part of parts(form)) part.hidden = part.dataset.language !== code;
};
const mark = (form) => {
  for (const chosen of form.querySelectorAll("[data-languages] input")) {
    const texts = form.querySelectorAll(`[data-language="${CSS.escape(chosen.value)}"]`);
    const typed = [...texts].some((part) =>
      [part, ...part.querySelectorAll("input:not([type=radio], [name=formatted]), textarea")].some(
        (one) => one.value?.trim() && !one.closest("[data-part][hidden]"),
      ),
    );
    const empty = chosen.parentElement.querySelector("small");
    if (empty) empty.hidden = typed;
  }
};
const formOf = (element) => element.closest?.("form:has([data-languages])");

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-languages] input"))
    show(formOf(event.target), event.target.value);
});
for (const name of ["input", "change", "htmx:afterSettle"])
  document.addEventListener(name, (event) => {
    const form = formOf(event.target);
    if (form) mark(form);
  });
// a link to what is wrong leads to a field that may be hidden
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('[data-errors] a[href^="#"]');
  const part = link && document.getElementById(link.hash.slice(1))?.closest(LANGUAGE);
  if (!part) return;
  const form = formOf(part);
  const code = part.dataset.language;
  form.querySelector(`[data-languages] input[value="${CSS.escape(code)}"]`).checked = true;
  show(form, code);
});
const marks = (root) => {
  for (const form of root.querySelectorAll("form:has([data-languages])")) mark(form);
};
document.addEventListener("htmx:afterSettle", (event) => marks(event.target)); // a dialog
marks(document);
