// A choice draws a part of its form anew by what the others were when it was made. What is typed
// and chosen until the answer comes is carried over into what it draws, where a choice asks again.
import { finished } from "./request.js";

const FIELDS =
  "select, textarea, trix-editor, input:not([type=hidden], [type=file], [type=search])";
const marked = (field) => ["checkbox", "radio"].includes(field.type);
const chosen = (field) => JSON.stringify([...field.selectedOptions].map(({ value }) => value));
const held = (field) => {
  if (field.matches("select")) return chosen(field);
  return marked(field) ? field.checked : field.value;
};

/** Each field by its name, its value where only that tells it apart, and its place among those. */
const fields = (root) => {
  const found = new Map();
  const count = {};
  for (const field of root.querySelectorAll(FIELDS)) {
    const name = field.name || field.inputElement?.name;
    if (!name) continue;
    const key = `${name} ${marked(field) ? field.value : ""}`;
    count[key] = (count[key] || 0) + 1;
    found.set(`${key} ${count[key]}`, field);
  }
  return found;
};
const values = (root) => new Map([...fields(root)].map(([key, field]) => [key, held(field)]));

/** Where the part stands that an element of a form draws anew: its form, or what holds that. */
const rootOf = (elt, target) => {
  const form = elt.matches("form") ? null : elt.closest("form");
  if (form?.contains(target)) return form;
  return form && target.contains(form) && elt.matches("select") ? target : null;
};

const put = (field, value) => {
  if (marked(field)) field.checked = value;
  else if (field.matches("select")) {
    const wanted = JSON.parse(value);
    const there = [...field.options].map((option) => option.value);
    if (!wanted.every((one) => there.includes(one))) return;
    for (const option of field.options) option.selected = wanted.includes(option.value);
  } else field.value = value;
  htmx.process(field); // it listens at once
  const isChoice = marked(field) || field.matches("select");
  for (const kind of isChoice ? ["input", "change"] : ["input"])
    field.dispatchEvent(new Event(kind, { bubbles: true }));
};
const cursor = (field) =>
  field.editor?.getSelectedRange() || [field.selectionStart, field.selectionEnd];
const point = (field, range) => {
  field.focus();
  if (field.editor) field.editor.setSelectedRange(range);
  else if (range[0] !== null && field.setSelectionRange) field.setSelectionRange(...range);
};

const asked = new Map(); // by request: what the fields held then
const drawn = new Map(); // by request: what they hold when the answer comes
document.addEventListener("htmx:beforeSend", ({ detail: { elt, target, xhr } }) => {
  const root = rootOf(elt, target);
  if (root) asked.set(xhr, { root, before: values(root) });
});
document.addEventListener("htmx:beforeSwap", ({ detail: { xhr } }) => {
  const one = asked.get(xhr);
  if (!one) return;
  const now = fields(one.root);
  const changed = [...now]
    .map(([key, field]) => [key, held(field)])
    .filter(([key, value]) => one.before.has(key) && one.before.get(key) !== value)
    // of radios the one that was chosen takes the mark from the others
    .filter(([key, value]) => value !== false || now.get(key).type !== "radio");
  const focused = [...now].find(([, field]) => field === document.activeElement);
  drawn.set(xhr, {
    root: one.root,
    changed,
    focused: focused && [focused[0], cursor(focused[1])],
  });
});
document.addEventListener("htmx:afterSwap", ({ detail: { xhr } }) => {
  const one = drawn.get(xhr);
  if (!one) return;
  drawn.delete(xhr);
  const now = fields(one.root);
  const [key, range] = one.focused || [];
  const at = now.get(key); // htmx gives back the focus to what has an id
  for (const [name, value] of one.changed) {
    const field = now.get(name);
    if (field && held(field) !== value) put(field, value);
  }
  if (at && [at, document.body].includes(document.activeElement)) point(at, range);
});
finished(({ xhr }) => {
  asked.delete(xhr);
  drawn.delete(xhr);
});
