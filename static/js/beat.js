// Somebody has this page before them, and which ticket it shows.
import { post } from "./request.js";

const EVERY = 15000;
const LAST = "occ-beat";

/** Tells the server now; it also hears every 15 seconds, from whichever page is open by then. */
export const beat = () => {
  sessionStorage.setItem(LAST, String(Date.now()));
  const looking = document.querySelector("[data-looking]")?.dataset.looking || "";
  return post(document.body.dataset.beat, new URLSearchParams(looking));
};

const again = () => {
  if (!document.hidden) beat();
  setTimeout(again, EVERY);
};
if (!sessionStorage.getItem(LAST)) sessionStorage.setItem(LAST, String(Date.now()));
setTimeout(again, Number(sessionStorage.getItem(LAST)) + EVERY - Date.now());
