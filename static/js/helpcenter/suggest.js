// Titles that are offered as somebody types: a combobox with a list, as ARIA's patterns describe it.
// The focus stays in the box; the arrows choose, Enter goes there, Escape closes the list.
import { stepped, typed } from "./typing.js";

const PAUSE = 180; // milliseconds after the last key
const asked = new Map();

function begin(form) {
  const box = form.querySelector("input[type=search]");
  const list = form.querySelector("[role=listbox]");
  let chosen = -1;
  let timer = 0;
  let wanted = "";

  const options = () => [...list.children];
  const close = () => {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (next) => {
    chosen = next;
    options().forEach((one, n) => {
      one.setAttribute("aria-selected", String(n === next));
    });
    if (next < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", options()[next].id);
  };
  const show = (found) => {
    list.replaceChildren(
      ...found.map(({ title, address }, n) => {
        const option = document.createElement("li");
        option.id = `hc-suggested-${n}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.address = address;
        option.dir = "auto";
        option.textContent = title;
        return option;
      }),
    );
    chosen = -1;
    box.removeAttribute("aria-activedescendant");
    list.hidden = found.length === 0;
    box.setAttribute("aria-expanded", String(found.length > 0));
  };
  const ask = async () => {
    const text = typed(box.value);
    wanted = text;
    if (!text) {
      close();
      return;
    }
    if (!asked.has(text)) {
      const values = new URLSearchParams(new FormData(form));
      values.set("q", text);
      const answer = await fetch(`${form.dataset.suggest}?${values}`);
      if (!answer.ok) return;
      asked.set(text, await answer.json());
    }
    if (wanted === text && document.activeElement === box) show(asked.get(text));
  };

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask().catch(close), PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.isComposing) return; // the keys are those of a syllable that is being made
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && !list.hidden) {
      event.preventDefault();
      choose(stepped(chosen, event.key === "ArrowDown" ? 1 : -1, count));
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(options()[chosen].dataset.address);
    }
  });
  box.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
}

for (const form of document.querySelectorAll("[data-suggest]")) begin(form);
