// While a file is on its way its form is not saved and not drawn anew.
const WAITS =
  "button[type=submit], button[hx-post$='/preview'], " +
  "[hx-post][hx-trigger~=change]:not([type=file])";

/** One more file on its way (1), or one less (-1). */
export const sending = (form, change) => {
  if (!form) return;
  form.dataset.sending = String(Number(form.dataset.sending || 0) + change);
  form.querySelectorAll(WAITS).forEach((one) => {
    one.disabled = form.dataset.sending !== "0";
  });
};
