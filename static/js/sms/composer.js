// A text message while it is written: its bytes as the server counts them, what cannot be sent
// marked in the text and replaced by a click, and how a phone shows it.
import { ask } from "../shell.js";
import { measure, named } from "./bytes.js";

const form = () => document.querySelector("form[data-message]");
const kind = (of) => of.querySelector("[data-kind]:checked")?.value ?? "sms";
const input = (control) => control.querySelector("textarea, input:not([type=hidden])");

/** The body as it is sent: advertising says so and how to refuse it. */
const sent = (of, text) => {
  const chosen = of.querySelector("[data-advertises]");
  if (!chosen?.checked) return text;
  const { begins, ends } = chosen.dataset;
  const told = text.startsWith(begins) ? text : `${begins} ${text}`;
  return told.trimEnd().endsWith(ends) ? told : `${told.trimEnd()}\n${ends}`;
};

const mark = (place, text, signs) => {
  const places = signs.flatMap((sign) => sign.places).sort((one, other) => one[0] - other[0]);
  let at = 0;
  const parts = [];
  for (const [from, to] of places) {
    const marked = document.createElement("mark");
    marked.textContent = text.slice(from, to);
    parts.push(text.slice(at, from), marked);
    at = to;
  }
  // a last empty line has its height only before something
  place.replaceChildren(...parts, `${text.slice(at)}\n`);
};

const row = (box, field, sign, fixes) => {
  const item = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = named(sign.text);
  item.append(name);
  if (sign.places.length > 1) item.append(` × ${sign.places.length}`);
  if (!fixes) return item;
  if (sign.substitute === null || field.readOnly) {
    const words = document.createElement("span");
    words.className = "t2";
    words.textContent = box.dataset.reword;
    item.append(" ", words);
    return item;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-quiet is-accent";
  button.textContent = sign.substitute.trim()
    ? box.dataset.replace.replace("{sign}", sign.substitute)
    : box.dataset.take;
  button.addEventListener("click", () => {
    let text = field.value;
    for (const [from, to] of [...sign.places].reverse())
      text = text.slice(0, from) + sign.substitute + text.slice(to);
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  item.append(" ", button);
  return item;
};

const tell = (box, field, signs, words, fixes) => {
  if (!signs.length) return [];
  const line = document.createElement("p");
  line.className = fixes ? "x-refused" : "x-warned";
  line.textContent = words;
  const list = document.createElement("ul");
  list.className = "o-list";
  list.append(...signs.map((sign) => row(box, field, sign, fixes)));
  return [line, list];
};

const count = (of, control) => {
  const field = input(control);
  const limit = JSON.parse(control.dataset.measured)[kind(of)];
  const typed = measure(field.value);
  const { bytes } = field.name === "body" ? measure(sent(of, field.value)) : typed;
  const line = control.querySelector("[data-bytes]");
  line.textContent = line.dataset.bytes
    .replace("{used}", bytes.toLocaleString(document.documentElement.lang))
    .replace("{limit}", limit.toLocaleString(document.documentElement.lang));
  line.classList.toggle("is-near", bytes > limit * 0.9 && bytes <= limit);
  line.classList.toggle("is-over", bytes > limit);
  line.ariaLive = bytes > limit ? "polite" : "off";
  mark(control.querySelector("[data-marks]"), field.value, typed.refused);
  const box = control.querySelector("[data-signs]");
  const found = JSON.stringify([typed.refused, typed.warned]);
  if (box.dataset.found === found) return; // nothing new to read out
  box.dataset.found = found;
  box.replaceChildren(
    ...tell(box, field, typed.refused, box.dataset.refused, true),
    ...tell(box, field, typed.warned, box.dataset.warned, false),
  );
};

const show = (of) => {
  const is_mms = kind(of) === "mms";
  const place = document.querySelector("[data-shows-message]");
  if (!place) return;
  const chosen = of.elements.sender;
  const number = chosen?.value ? chosen.selectedOptions[0].textContent.trim() : "";
  document.querySelector("[data-shows-sender]").textContent = number;
  const text = of.elements.body.value;
  const title = is_mms ? of.elements.title.value : "";
  place.querySelector("[data-shows-title]").textContent = title;
  place.querySelector("[data-shows-body]").textContent =
    text || title ? sent(of, text) : place.dataset.empty;
  const pictures = is_mms ? [...of.querySelectorAll("#pictures img")] : [];
  const shown = place.querySelector("[data-shows-pictures]");
  if (pictures.map((one) => one.src).join() === [...shown.children].map((one) => one.src).join())
    return;
  shown.replaceChildren(
    ...pictures.map((one) => {
      const image = new Image();
      image.src = one.src;
      image.alt = "";
      return image;
    }),
  );
};

// what only one choice of a form asks for: data-when="kind=mms"
const reveal = () =>
  document.querySelectorAll("[data-when]").forEach((part) => {
    const [name, value] = part.dataset.when.split("=");
    part.hidden = part.closest("form").querySelector(`[name=${name}]:checked`)?.value !== value;
  });

const refresh = () => {
  reveal();
  const of = form();
  if (!of) return;
  show(of);
  of.querySelectorAll("[data-measured]").forEach((control) => count(of, control));
};
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-message], form[data-choices]")) refresh();
});
document.addEventListener("htmx:afterSettle", refresh);
// what is marked scrolls with the text over it
document.addEventListener(
  "scroll",
  (event) => {
    const marks = event.target.parentElement?.querySelector?.(":scope > [data-marks]");
    if (!marks || marks === event.target) return;
    marks.scrollTop = event.target.scrollTop;
    marks.scrollLeft = event.target.scrollLeft;
  },
  true,
);

// another template over a text that somebody typed: asked first
const filled = new WeakMap(); // by form: its texts as they came
const texts = (of) => JSON.stringify([of.elements.title?.value, of.elements.body?.value]);
document.addEventListener(
  "change",
  (event) => {
    const choice = event.target.closest?.("[data-template]");
    if (!choice) return;
    const of = choice.form;
    const go = () => htmx.trigger(choice, "occ:fill");
    const before = choice.dataset.chosen;
    const is_empty = !of.elements.body.value.trim() && !of.elements.title?.value.trim();
    if (is_empty || texts(of) === filled.get(of)) {
      choice.dataset.chosen = choice.value;
      go();
      return;
    }
    ask(choice.dataset.asks, choice.dataset.does, false).then((yes) => {
      if (yes) {
        choice.dataset.chosen = choice.value;
        go();
      } else choice.value = before;
    });
  },
  true,
);
const remember = () => {
  const of = form();
  if (of) filled.set(of, of.dataset.typed === undefined ? texts(of) : "");
};
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "message") remember();
});
remember();
refresh();
