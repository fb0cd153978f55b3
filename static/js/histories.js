// Histories: which talks are chosen, and how fast a recording plays.
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

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-speed]")) {
    target.closest(".o-player").querySelector("audio").playbackRate = Number(target.value);
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
