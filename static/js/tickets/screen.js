// The ticket screen: its parts, its keys, and word of changes under the reader.
import { beat } from "../beat.js";
import { ticketCommand } from "../keys.js";
import { look } from "../live.js";
import { finished } from "../request.js";
import { toggle } from "./bulk.js";
import { carryOn, send, write } from "./composer.js";
import { mark, screen, scrollBack, step, tellState } from "./list.js";
import { showAgain } from "./panes.js";
import "./inserting.js";
import "./masking.js";

// j k x r c, and Ctrl Enter while typing; Enter opens, as it does every link
const COMMANDS = {
  send,
  next: () => step(1),
  previous: () => step(-1),
  choose: toggle,
  answer: () => write("answer"),
  comment: () => write("comment"),
};
const TYPING = "input:not([type=checkbox]), textarea, select, trix-editor";
document.addEventListener("keydown", (event) => {
  if (!screen() || document.body.dataset.shortcuts !== "on") return;
  const found = ticketCommand(event, {
    writing: Boolean(event.target.closest?.("[data-composer]")),
    typing: Boolean(event.target.closest?.(TYPING)),
    dialog: Boolean(document.querySelector("dialog[open]")),
  });
  if (!found) return;
  if (["send", "answer", "comment"].includes(found)) event.preventDefault();
  COMMANDS[found]();
});

// what was done to a ticket shows in its row, in the boxes and in the figures at once
finished(({ requestConfig, successful }) => {
  if (screen() && requestConfig.verb !== "get" && successful) look(screen());
});

// somebody changed the ticket while it is open here
document.addEventListener("occ:live", (event) => {
  if (event.target.matches(".t-cols")) mark(); // rows that were drawn anew know of no open ticket
  if (event.target.id !== "t-viewers") return;
  const note = document.querySelector("[data-changed]");
  const now = event.target.querySelector("[data-version]");
  if (!note || !now) return;
  note.hidden = now.dataset.version === note.dataset.version;
  note.querySelector("[data-changed-text]").textContent = now.textContent;
});

// what was pressed went with the panes: keys go on from the row, on a phone from the toast
const back = () =>
  [".t-item[aria-current] .t-subj", ".o-toast a"]
    .map((found) => document.querySelector(found))
    .find((one) => one?.checkVisibility())
    ?.focus();
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "t-ticket") return;
  const lost = document.activeElement === document.body;
  mark();
  tellState();
  showAgain();
  carryOn();
  const flow = document.getElementById("t-flow");
  if (flow) flow.scrollTop = flow.scrollHeight;
  document.querySelector("#t-ticket [data-errors]")?.focus();
  if (lost && document.activeElement === document.body) back();
  beat();
});
if (screen()) {
  mark();
  scrollBack();
  carryOn();
  document.getElementById("t-flow")?.scrollTo(0, 1e6);
  if (document.querySelector("article[data-ticket]")) beat();
  document.addEventListener("DOMContentLoaded", showAgain); // by then htmx knows the parts
}
