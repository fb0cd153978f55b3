// Pages before signing in: they work without script; this keeps the theme and moves the focus to
// errors.
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
document.cookie = `occ_scheme=${dark ? "dark" : "light"};path=/;max-age=31536000;samesite=lax`;
if (document.documentElement.dataset.theme !== "light")
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
document.querySelector("[data-errors]")?.focus();
