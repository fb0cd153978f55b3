// The languages of a service: each click counts at once, also while the answer to the one before is
// on its way, which the next request then replaces.
document.addEventListener(
  "click",
  (event) => {
    const { add, drop, first } =
      event.target.closest("[data-add], [data-drop], [data-first]")?.dataset ?? {};
    const chosen = document.getElementById("language-chosen");
    const of = (code) => chosen.querySelector(`input[name=languages][value="${CSS.escape(code)}"]`);
    if (add && !of(add)) {
      const input = document.createElement("input");
      [input.type, input.name, input.value] = ["hidden", "languages", add];
      chosen.append(input);
    }
    if (drop) of(drop)?.remove();
    if (first && of(first)) chosen.prepend(of(first));
    if (add) {
      const search = document.querySelector("input[name=q][hx-target='#language-found']");
      search.value = "";
      search.focus();
    }
  },
  true,
);
