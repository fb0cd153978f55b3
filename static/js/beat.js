// The browser is still there, and which ticket it looks at.
import { post } from "./request.js";

/** Tells the server now; it also hears every 15 seconds (shell.js). */
export const beat = () => {
  const looking = document.querySelector("[data-looking]")?.dataset.looking || "";
  return post(document.body.dataset.beat, new URLSearchParams(looking));
};
