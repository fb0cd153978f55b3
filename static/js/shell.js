// The shell: dialogs, toasts, menus, sign-in over the page, theme, beat.
import "./beat.js";
import { finished } from "./request.js";

const body = document.body;
const text = (name) => body.dataset[`text${name}`];
const dialog = document.getElementById("o-dialog");
const dialogBody = document.getElementById("o-dialog-body");

// theme: the server resolves "system" from this cookie
const scheme = matchMedia("(prefers-color-scheme: dark)");
const keepScheme = () => {
  const value = scheme.matches ? "dark" : "light";
  document.cookie = `occ_scheme=${value};path=/;max-age=31536000;samesite=lax`;
  if (document.documentElement.dataset.theme === "system")
    document.documentElement.dataset.bsTheme = value;
};
keepScheme();
scheme.addEventListener("change", keepScheme);

// toasts: one at a time, 5 s, 10 s with an action, none while hovered or focused
const host = document.getElementById("o-toasts");
// on a phone it stands above what ends the window: the editor of a ticket, the phone's card
const end = () =>
  [...document.querySelectorAll(".t-comp, .p-card")]
    .map((part) => part.getBoundingClientRect())
    .filter(({ height }) => height)
    .reduce((first, { top }) => Math.min(first, top), innerHeight);
const toast = ({ text: words, undo, link }) => {
  host.querySelector(".o-toast")?.remove();
  const made = document.getElementById("o-toast").content.firstElementChild.cloneNode(true);
  made.querySelector("span").textContent = words;
  if (undo) {
    const button = document.createElement("a");
    button.href = "#";
    button.textContent = text("Undo");
    button.addEventListener("click", (event) => {
      event.preventDefault();
      made.remove();
      htmx.ajax("POST", undo, { source: host, swap: "none" });
    });
    made.append(button);
  }
  if (link) {
    const on = document.createElement("a");
    [on.href, on.textContent] = link;
    on.dataset.open = "";
    on.addEventListener("click", () => made.remove());
    made.append(on);
  }
  made.style.setProperty("--under", `${innerHeight - end()}px`);
  host.append(made);
  const life = undo || link ? 10000 : 5000;
  const leave = () => {
    if (made.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else made.remove();
  };
  setTimeout(leave, life);
};
host.querySelectorAll("template[data-toast]").forEach((t) =>
  toast({
    text: t.innerHTML.replace(/&amp;/g, "&").replace(/&lt;/g, "<").replace(/&gt;/g, ">"),
    undo: t.dataset.undo,
    link: t.dataset.link && [t.dataset.link, t.dataset.words],
  }),
);

// dialogs: filled by htmx, opened when filled; closing with typed text asks
const firstField = (root) =>
  root.querySelector("[data-errors]") ||
  root.querySelector("[autofocus]") ||
  root.querySelector(
    "input:not([type=hidden]):not([disabled]):not([readonly]), select, textarea",
  ) ||
  root.querySelector("button, a");
let opener = null;
let asked = null; // what the dialog shows or waits for; null once it is closed
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === dialogBody && !dialog.open) opener = event.detail.elt;
});
document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.target === dialogBody) asked = detail.xhr;
});
// an answer for what was closed, or before what is asked for now, is not drawn; a form that was sent
// and refused comes back, and where something else is there meanwhile, it is said
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== dialogBody || !detail.shouldSwap || detail.xhr === asked) return;
  if (!asked && detail.requestConfig.verb === "post") return;
  detail.shouldSwap = false;
  if (detail.xhr.status >= 400) refuse(text("Unsaved"));
});
const close = () => {
  asked = null;
  signing = false;
  dialog.dataset.dirty = "";
  dialog.close();
  dialogBody.replaceChildren();
  if (opener?.isConnected) opener.focus();
};
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === dialogBody) {
    if (!dialogBody.firstElementChild) return; // refused: there is nothing to open
    const opens = !dialog.open;
    if (opens) {
      dialog.dataset.dirty = event.detail.xhr.status >= 400 ? "yes" : ""; // what was refused is unsaved
      dialog.showModal();
      // what was refused before is over, unless it is only the sign-in that comes between
      if (!signing) document.getElementById("o-problem").replaceChildren();
    }
    // nothing that was typed is left
    if (!dialogBody.querySelector("form")) dialog.dataset.dirty = "";
    firstField(dialogBody)?.focus();
    if (opens) dialog.scrollTop = 0; // what it asks is seen first, wherever the focus is
  } else {
    const note = event.detail.target.querySelector?.("[data-errors]");
    if (note && event.detail.target.id === "o-problem") place(note);
    else note?.focus();
  }
});
dialog.addEventListener("input", () => {
  dialog.dataset.dirty = "yes";
});
// questions are asked in a dialog of ours, whose button says again what will be done, in red where
// that takes something away; Escape and a click beside it say no
const question = document.getElementById("o-ask");
/** Asks in words, whose yes is a verb, in red where that takes something away; what was answered. */
export const ask = (words, verb, destroys) =>
  new Promise((answer) => {
    question.querySelector("p").textContent = words;
    const yes = question.querySelector("[value=yes]");
    yes.textContent = verb;
    yes.classList.toggle("btn-danger", destroys);
    yes.classList.toggle("btn-primary", !destroys);
    question.returnValue = "";
    question.addEventListener("close", () => answer(question.returnValue === "yes"), {
      once: true,
    });
    question.showModal();
  });
question.addEventListener("click", (event) => {
  if (event.target === question) question.close();
});
// what a button says, without the part for screen readers; one that says too much or nothing has
// its verb in an attribute
const verbOf = (button) => {
  const said = button.cloneNode(true);
  for (const part of said.querySelectorAll(".sr")) part.remove();
  return button.dataset.verb || said.textContent.trim();
};
document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const { question: words, elt, issueRequest } = event.detail;
  if (!(await ask(words, verbOf(elt), elt.matches(".is-danger")))) return;
  if (elt.isConnected) issueRequest(true);
  else refuse(text("Redrawn")); // news have drawn the row anew while it was asked about
});
const leave = async () => {
  if (!dialog.dataset.dirty || (await ask(text("Leave"), text("Leaving"), true))) close();
};
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  leave();
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) leave();
  if (event.target.closest("[data-close]")) {
    event.preventDefault();
    leave();
  }
});
body.addEventListener("occ:close", ({ target }) => {
  const within = dialog.contains(target); // what was asked elsewhere closes no dialog
  // later: the other events of the same answer still have to bubble from inside the dialog
  setTimeout(() => {
    const page = document.querySelector(".o-page-dialog[data-back]");
    if (dialog.open && within) close();
    else if (!dialog.open && page) location.assign(page.dataset.back);
  });
});
body.addEventListener("occ:toast", (event) => toast(event.detail));
// the page's own place is behind the dialog
const place = (note) => {
  const form = dialog.open && dialogBody.querySelector(".body");
  if (form) {
    form.querySelector(":scope > [data-refused]")?.remove();
    note.dataset.refused = "";
    form.prepend(note);
  } else document.getElementById("o-problem").replaceChildren(note);
  note.focus();
};
/** Says in red, in the dialog or above the page, what was refused; returns the note. */
export const refuse = (said) => {
  const note = document.createElement("div");
  note.className = "o-note is-red mb-3";
  note.setAttribute("role", "alert");
  note.tabIndex = -1;
  note.textContent = said;
  place(note);
  return note;
};
body.addEventListener("occ:refused", (event) => {
  htmx.trigger(body, "occ:refresh");
  refuse(event.detail.text);
});

// a session that ended: sign in over the page, then repeat nothing by itself; all that is asked
// meanwhile says so again, and takes nobody's password away
let signing = false;
body.addEventListener("occ:login", () => {
  if (signing) return;
  signing = true;
  htmx
    .ajax("GET", body.dataset.login, {
      source: dialogBody,
      target: dialogBody,
      swap: "innerHTML",
    })
    .then(
      () => {
        signing = dialog.open;
      },
      () => {
        signing = false;
      },
    );
});
body.addEventListener("occ:csrf", (event) => {
  const token = event.detail.value || event.detail;
  body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  document.querySelectorAll("input[name=csrf_token]").forEach((field) => {
    field.value = token;
  });
});
// nothing answers: said once, until something does; what is asked for then would fail, too
let silence = null;
document.addEventListener("htmx:sendError", () => {
  if (!silence?.isConnected) silence = refuse(text("Offline"));
});
// what a proxy says in the console's place, while that restarts or when too much was sent, is not
// drawn over what people see and type; the console's own answers bear a number
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status < 400 || detail.xhr.getResponseHeader("X-Request-Id")) return;
  detail.shouldSwap = false;
  refuse(text("Offline"));
});
finished(({ xhr }) => {
  if (xhr.status) silence?.remove();
});

// the menu of a row hangs in the window, below its button or above it; it closes when the list
// moves and when something in it is chosen
const hang = (menu) => {
  const pop = menu.querySelector(".o-pop");
  const at = menu.getBoundingClientRect();
  const below = at.bottom + 4;
  const fits = below + pop.offsetHeight <= innerHeight;
  const left = Math.min(at.right, document.documentElement.clientWidth - 8) - pop.offsetWidth;
  const top = fits ? below : Math.max(8, at.top - 4 - pop.offsetHeight);
  // browsers of before the autumn of 2024 count from the page's container, not from the window
  pop.style.setProperty("top", "0");
  pop.style.setProperty("left", "0");
  const from = pop.getBoundingClientRect();
  pop.style.setProperty("top", `${top - from.top}px`);
  pop.style.setProperty("left", `${Math.max(8, left) - from.left}px`);
};

// pop-up menus are <details>; one open at a time, Esc closes
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches?.("details[data-pop]") && event.target.open) {
      document.querySelectorAll("details[data-pop][open]").forEach((d) => {
        if (d !== event.target) d.open = false;
      });
      if (event.target.matches(".o-more")) hang(event.target);
    }
  },
  true,
);
document.addEventListener(
  "scroll",
  ({ target }) => {
    document.querySelectorAll(".o-more[open]").forEach((d) => {
      if (!d.contains(target)) d.open = false;
    });
  },
  true,
);
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-pop][open]").forEach((d) => {
    const done = d.matches(".o-more") && event.target.closest(".o-pop :is(a, button)");
    if (done || !d.contains(event.target)) d.open = false;
  });
  const side = document.getElementById("o-side");
  const button = event.target.closest("[data-side]");
  if (button || (side.classList.contains("is-open") && !side.contains(event.target))) {
    const open = side.classList.toggle("is-open", button ? undefined : false);
    document.querySelector("[data-side]").setAttribute("aria-expanded", String(open));
    if (open) side.querySelector("summary, a")?.focus();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-pop][open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
  const side = document.getElementById("o-side");
  if (side.classList.contains("is-open")) {
    side.classList.remove("is-open");
    const button = document.querySelector("[data-side]");
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }
});

// copy buttons: the text of an element, or one that they carry; by plain http there is no
// clipboard, only the old command
const copy = async (words, button) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(words);
  const area = document.createElement("textarea");
  area.className = "sr";
  area.value = words;
  button.after(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  button.focus();
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (!button) return;
  const words =
    button.dataset.copyText || document.getElementById(button.dataset.copy).textContent.trim();
  copy(words, button).then(() => toast({ text: button.dataset.done }));
});

document.querySelector("main [data-errors]")?.focus();
