// In the frame of the widget: Escape closes the panel around it, which does not hear it by itself.
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") parent.postMessage("occ:close", "*"); // a word without content
});
