// Announcements: listening, sample texts, counting as people count, parts that follow a choice,
// more lines of times.
import { graphemes, tally } from "./counting.js";
import { headers } from "./request.js";

const player = new Audio();
let marked = null;
const unmark = () => {
  marked?.classList.remove("is-playing");
  marked = null;
};
let asked = 0; // what was asked for last is heard, not what was spoken last
const still = () => {
  asked += 1;
  player.pause();
  unmark();
};

const complain = (button, words) => {
  const place = button.closest("form")?.querySelector("[data-listen-error]");
  if (!place)
    return (
      words &&
      document.body.dispatchEvent(new CustomEvent("occ:refused", { detail: { text: words } }))
    );
  place.hidden = !words;
  place.querySelector("span").textContent = words;
};
// the address of a button's sound; texts are spoken first
const address = async (button) => {
  if (button.dataset.src) return button.dataset.src;
  const text = button.dataset.from
    ? document.getElementById(button.dataset.from).value
    : button.dataset.text;
  const body = new URLSearchParams({ text, language: button.dataset.language });
  const answer = await fetch(button.dataset.listen, {
    method: "POST",
    body,
    headers: headers(),
  });
  const found = await answer.json().catch(() => ({}));
  if (found.url) return found.url;
  throw new Error(found.error || document.body.dataset.textOffline);
};
const play = async (button) => {
  asked += 1;
  const mine = asked;
  try {
    complain(button, "");
    const src = await address(button);
    if (mine !== asked) return false;
    player.src = src;
    unmark();
    marked = button.closest("li");
    marked?.classList.add("is-playing");
    await player.play();
    return await new Promise((done) => {
      player.onended = () => done(true);
      player.onpause = () => done(false);
    });
  } catch (error) {
    if (error.name === "AbortError") return false;
    complain(button, error.message);
    return false;
  } finally {
    if (mine === asked) unmark();
  }
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-listen]");
  if (button) play(button);
  const sample = event.target.closest("[data-sample]");
  if (sample) {
    const field = document.getElementById(sample.dataset.into);
    field.value = sample.dataset.sample;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
  const add = event.target.closest("[data-repeat-add]");
  if (add) more(add.closest("[data-repeat]"));
});

// a test call plays what is new since the last key
let heard = 0;
document.addEventListener("htmx:afterSettle", async (event) => {
  const list =
    event.detail.target.id === "h-test" && event.detail.target.querySelector("[data-playlist]");
  if (!list) return;
  list.scrollTop = list.scrollHeight;
  const lines = [...list.children];
  const from = lines.length > heard ? heard : 0;
  heard = lines.length;
  for (const line of lines.slice(from)) {
    const button = line.querySelector("[data-listen]");
    if (!line.isConnected) return;
    if (button && !(await play(button))) return;
  }
});

// characters as people see them
const counted = (field) => {
  const place = document.querySelector(`[data-graphemes-of="${field.id}"]`);
  if (!place) return;
  const used = graphemes(field.value.trim());
  const limit = Number(field.dataset.graphemes);
  place.textContent = `${used} / ${limit}`;
  const { near, over } = tally(used, limit);
  place.classList.toggle("is-near", near);
  place.classList.toggle("is-over", over);
  if (over) place.setAttribute("aria-live", "polite");
};
// what belongs to a choice is shown with it
const follow = (form) => {
  const chosen = form.querySelector(`[name="${form.dataset.by}"]:checked`)?.value;
  form.querySelectorAll("[data-when]").forEach((part) => {
    part.hidden = !part.dataset.when.split(" ").includes(chosen);
  });
};
const more = (list) => {
  const rows = list.querySelector(".h-ranges");
  const made = rows.lastElementChild.cloneNode(true);
  const number = rows.children.length;
  if (number >= 12) return;
  made.querySelectorAll("input, select, label").forEach((field) => {
    ["id", "name", "for"].forEach((name) => {
      if (field.hasAttribute(name))
        field.setAttribute(name, field.getAttribute(name).replace(/-\d+-/, `-${number}-`));
    });
    if (field.matches("input")) field.value = "";
  });
  rows.append(made);
  made.querySelector("input").focus();
};
document.addEventListener("input", (event) => {
  if (event.target.dataset?.graphemes) counted(event.target);
});
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches?.("[data-shows-part]"))
    field
      .closest("fieldset")
      .querySelectorAll("[data-part]")
      .forEach((part) => {
        part.hidden = part.dataset.part !== field.value;
      });
  if (field.form?.dataset?.by === field.name) follow(field.form);
});
const wake = () => {
  document.querySelectorAll("[data-graphemes]").forEach(counted);
  document.querySelectorAll("form[data-by]").forEach(follow);
};
document.addEventListener("htmx:afterSwap", wake);
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "o-dialog-body") still();
});
wake();
