// Histories: which talks are chosen, and how recordings play.
import { paced, sought } from "./playing.js";

const boxes = (form) => [...form.querySelectorAll("input[name=talk]")];
const tell = (form) => {
  const chosen = boxes(form).filter((box) => box.checked).length;
  form.querySelectorAll("[data-chosen]").forEach((button) => {
    button.disabled = !chosen;
  });
  const every = form.querySelector("[data-every]");
  every.checked = chosen > 0 && chosen === boxes(form).length;
  every.indeterminate = chosen > 0 && !every.checked;
};

let speed = "1"; // as it was chosen last: the next recording plays as fast
const audioOf = (part) => part.closest(".o-player").querySelector("audio");

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-speed]")) {
    speed = target.value;
    paced(audioOf(target), Number(speed));
    return;
  }
  const form = target.closest("form[data-talks]");
  if (!form) return;
  if (target.matches("[data-every]")) {
    boxes(form).forEach((box) => {
      box.checked = target.checked;
    });
  }
  tell(form);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-seek]");
  if (!button) return;
  const audio = audioOf(button);
  audio.currentTime = sought(audio.currentTime, Number(button.dataset.seek), audio.duration);
});

// the button that was pressed is gone: its player takes the keys
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const audio = detail.target.matches(".o-player") && detail.target.querySelector("audio");
  if (!audio) return;
  detail.target.querySelector("[data-speed]").value = speed;
  paced(audio, Number(speed));
  audio.focus();
});

// these two do not rise to the document
document.addEventListener(
  "play",
  ({ target }) => {
    document.querySelectorAll(".o-player audio").forEach((other) => {
      if (other !== target) other.pause();
    });
  },
  true,
);
document.addEventListener(
  "error",
  ({ target }) => {
    if (!target.matches?.(".o-player audio")) return;
    const player = target.closest(".o-player");
    player.querySelectorAll("[data-plays]").forEach((part) => {
      part.hidden = true;
    });
    player.querySelector("[data-broken]").hidden = false;
  },
  true,
);
