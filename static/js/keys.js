// What a key stands for, decided from the event alone; nothing does while Hangul is being composed.
const composing = (event) => event.isComposing || event.keyCode === 229;
const control = (event) => event.ctrlKey || event.metaKey;
const plain = (event) => !control(event) && !event.altKey;

/** A command of the console: "palette", also while typing; else "help", "search" or "". */
export const command = (event, { typing, dialog }) => {
  if (composing(event)) return "";
  if (control(event) && event.key.toLowerCase() === "k") return "palette";
  if (typing || dialog || !plain(event)) return "";
  return { "?": "help", "/": "search" }[event.key] || "";
};

const TICKETS = { j: "next", k: "previous", x: "choose", r: "answer", c: "comment" };

/** A command of the ticket screen; "send" while an answer is written, the others elsewhere. */
export const ticketCommand = (event, { writing, typing, dialog }) => {
  if (composing(event)) return "";
  if (control(event) && event.key === "Enter" && writing) return "send";
  if (typing || dialog || !plain(event)) return "";
  return TICKETS[event.key.toLowerCase()] || "";
};

/** The letter of Alt and a key, by its place on the keyboard; also while typing. */
export const phoneKey = (event) =>
  event.altKey && !control(event) && !composing(event) ? event.code.replace("Key", "") : "";
