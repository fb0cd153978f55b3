// Whether an answer helped is told in place. Where the answer is no, or the network fails, the form
// goes its ordinary way, which leads on to an inquiry.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-helpful]");
  const button = event.submitter;
  if (!form || button?.value !== "1") return;
  event.preventDefault();
  const body = new URLSearchParams({ helped: button.value });
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(answer.statusText);
  } catch {
    form.requestSubmit();
    return;
  }
  for (const one of form.querySelectorAll("button, [data-asks]")) one.hidden = true;
  const said = form.querySelector("[data-thanks]");
  said.textContent = said.dataset.thanks;
});
