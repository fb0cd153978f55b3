// Who gets a copy of an answer: what was chosen outlives panes that are drawn anew, until it is sent.
// Else somebody who was left out would get one after all.
const chosen = new Map(); // by the address of the draft: whom somebody put on or off, what was typed

document.addEventListener("input", ({ target }) => {
  const at = target.closest?.("[data-copies]")?.closest("form");
  if (!at) return;
  const kept = chosen.get(at.dataset.draft) || { on: new Map(), more: "" };
  if (target.name === "cc") kept.on.set(target.value, target.checked);
  else kept.more = target.value;
  chosen.set(at.dataset.draft, kept);
});

/** Puts on and off again who was, after the form was drawn anew. */
export const chooseAgain = (at) => {
  const kept = at?.querySelector("[data-copies]") && chosen.get(at.dataset.draft);
  if (!kept) return;
  at.querySelectorAll("[name=cc]").forEach((box) => {
    box.checked = kept.on.get(box.value) ?? box.checked;
  });
  at.elements.cc_more.value = kept.more;
};

/** The answer was sent: the next one begins with who is offered. */
export const forgetChoice = (at) => chosen.delete(at.dataset.draft);
