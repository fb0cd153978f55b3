// The inquiry form, and an inquiry's page: files are chosen by a button of ours, the questions of a type
// appear once it is chosen, answers are offered as the subject is typed, and where the server asks for
// it the browser works before it sends. Without this the form has buttons for all of it.
import { prove } from "./proof.js";

const [PAUSE, SHORTEST, OFFERED] = [400, 2, 5]; // milliseconds; letters; answers
const form = document.querySelector("[data-inquiry]");
const questions = document.getElementById("hc-questions");
let asked = 0;

/** What the form says, without its files, which stay where they are. */
function said() {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  data.set("questions", "1");
  return data;
}

async function ask(select) {
  const mine = ++asked;
  const levels = [...questions.querySelectorAll("[data-type]")];
  for (const later of levels.slice(levels.indexOf(select) + 1)) later.value = "";
  if (!document.getElementById("consent")) return form.requestSubmit(again());
  const data = said();
  data.set("part", "1");
  const answer = await fetch(form.action, { method: "POST", body: data });
  if (mine !== asked || !answer.ok) return;
  const there = levels.indexOf(select);
  form.querySelector(".hi-offers").hidden = true;
  questions.before(form.querySelector(".hi-offers"));
  questions.innerHTML = await answer.text();
  hideButton();
  questions.querySelectorAll("[data-type]")[there]?.focus();
}

const again = () => questions.querySelector("[data-again]");
function hideButton() {
  if (again()) again().hidden = true;
}

async function work() {
  const stamp = form.elements.stamp.value;
  const note = form.querySelector("[data-proof] div");
  note.textContent = form.dataset.proving;
  form.elements.proof.value = await prove(crypto.subtle, stamp, Number(form.dataset.prove));
  form.requestSubmit(form.querySelector("[data-send]"));
}

document.documentElement.dataset.lively = "";
document.addEventListener("change", (event) => {
  const shown = event.target.closest("[data-file]")?.querySelector("[data-chosen]");
  if (shown) shown.textContent = [...event.target.files].map((file) => file.name).join(", ");
});

// Answers of the FAQ are offered while the subject is typed; the box with them moves below it.
const offers = form?.querySelector(".hi-offers");
let timer = 0;
let wanted = "";

async function offer(title) {
  wanted = title.value.trim();
  const asked = wanted;
  if (asked.length < SHORTEST) return show([]);
  const answer = await fetch(`${form.dataset.offers}?q=${encodeURIComponent(asked)}`);
  if (asked !== wanted || !answer.ok) return;
  title.closest(".o-control").after(offers);
  show(await answer.json());
}

function show(found) {
  offers.hidden = !found.length;
  const links = found.slice(0, OFFERED).map(({ title, address }) => {
    const [row, link] = [document.createElement("li"), document.createElement("a")];
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = title;
    row.append(link);
    return row;
  });
  offers.querySelector("ul").replaceChildren(...links);
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "title" || !form?.dataset.offers) return;
  clearTimeout(timer);
  timer = setTimeout(offer, PAUSE, event.target);
});

if (form) {
  hideButton();
  questions.addEventListener("change", (event) => {
    if (event.target.matches("[data-type]")) ask(event.target);
  });
  if (form.dataset.prove && globalThis.crypto?.subtle) work();
}
