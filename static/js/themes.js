// A theme that is written: colours typed or chosen, and previews of what is typed, on desktop and
// phone.
document.addEventListener("input", ({ target }) => {
  const part = target.closest?.("[data-color]");
  if (!part) return;
  const [hex, swatch] = [part.querySelector("[data-hex]"), part.querySelector("[type=color]")];
  if (target === swatch) hex.value = swatch.value;
  else if (/^#[0-9a-f]{6}$/i.test(hex.value.trim())) swatch.value = hex.value.trim().toLowerCase();
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-preview-at]");
  if (!button) return;
  const frames = [...document.querySelectorAll("iframe[name^=preview-]")];
  const send = () => {
    const frame = frames.shift();
    if (!frame) return;
    // a form of its own, for the page's one asks before it leaves, and can be on its way once only
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: button.dataset.previewAt, target: frame.name });
    for (const [name, value] of new FormData(button.form))
      if (typeof value === "string")
        form.append(
          Object.assign(document.createElement("input"), { type: "hidden", name, value }),
        );
    document.body.append(form);
    form.submit();
    form.remove();
    send();
  };
  send();
});
