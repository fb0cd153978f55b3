// Pages before signing in: they work without script; this keeps the theme and moves the focus to
// errors.
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
document.cookie = `occ_scheme=${dark ? "dark" : "light"};path=/;max-age=31536000;samesite=lax`;
if (document.documentElement.dataset.theme !== "light")
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
document.querySelector("[data-errors]")?.focus();
// a second click sends nothing again
const sent = new Set();
document.addEventListener("submit", (event) => {
  if (sent.has(event.target)) event.preventDefault();
  else sent.add(event.target);
});
addEventListener("pageshow", () => sent.clear());
