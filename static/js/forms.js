// Forms: busy buttons, unsaved-changes warning, steppers, list filters, two-list pickers,
// confirmation by typing.
import { finished } from "./request.js";
import { sending } from "./sending.js";
import { ask, refuse } from "./shell.js";

const text = (name) => document.body.dataset[`text${name}`];

// a second click does nothing; the button keeps its width and says so
const busy = (form, on) => {
  const button = form.querySelector?.("button[type=submit][data-busy]");
  if (!button) return;
  if (on && button.getAttribute("aria-busy") !== "true") {
    button.style.setProperty("min-width", `${button.offsetWidth}px`);
    button.dataset.label = button.innerHTML;
    button.setAttribute("aria-busy", "true");
    button.replaceChildren(
      document.getElementById("o-spinner").content.cloneNode(true),
      button.dataset.busy,
    );
  } else if (!on && button.dataset.label) {
    button.removeAttribute("aria-busy");
    button.innerHTML = button.dataset.label;
  }
};
// what is larger than the server takes is not sent: its answer would be a page without what was typed
const size = (form) => {
  const texts = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  return new URLSearchParams(texts).toString().length;
};
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (event.submitter?.formTarget) return; // into a frame: the page stays, with what is typed
    const button = form.querySelector("button[type=submit][data-busy]");
    if (button?.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (form.method === "post" && size(form) > Number(document.body.dataset.most)) {
      event.preventDefault();
      event.stopPropagation();
      refuse(text("Large"));
      return;
    }
    // asked before the button is busy: the browser's own question does not tell that somebody stays
    if (leaves(form, event.submitter) && typed(form)) {
      event.preventDefault();
      event.stopPropagation();
      ask(text("Leave"), text("Leaving"), true).then((yes) => {
        if (!yes) return;
        dirty.clear();
        form.requestSubmit(event.submitter);
      });
      return;
    }
    clean(form);
    if (form.method === "post") busy(form, true);
  },
  true,
);
finished(({ elt }) => {
  if (elt.matches("form")) busy(elt, false);
});
addEventListener("pageshow", () =>
  document.querySelectorAll("form").forEach((form) => busy(form, false)),
);

// leaving with typed text asks
const dirty = new Set();
const clean = (form) => dirty.delete(form);
const typed = (sent = null) => [...dirty].some((form) => form !== sent && form.isConnected);
const leaves = (...senders) =>
  !senders.some((one) => one?.matches(":is([hx-get], [hx-post]):not([hx-trigger])"));
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form && !event.target.matches("[data-languages] input, [data-speak]")) dirty.add(form);
});
addEventListener("beforeunload", (event) => {
  if (typed()) {
    event.preventDefault();
    event.returnValue = text("Leave");
  }
});

// on a phone, filters open behind a button
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-filters]");
  if (button)
    button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") === "false"));
});

// Excel takes the filters that are on the screen
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-filtered]");
  if (link) link.search = location.search;
});

// Enter in a search field inside a form searches; it does not send the form
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("form[method=post] input[type=search]"))
    event.preventDefault();
});

// a value somebody chose by hand is marked as such
document.addEventListener(
  "change",
  (event) => {
    const mark = event.target.dataset?.touches;
    if (mark) event.target.form.elements[mark].value = "1";
  },
  true,
);

// the frame that a form is shown in comes into view, also where nothing was shown in it yet
document.addEventListener("submit", ({ submitter }) => {
  const name = submitter?.getAttribute("formtarget");
  const place = name && document.querySelector(`iframe[name="${name}"]`)?.closest("[data-frame]");
  if (!place) return;
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
});

// previews follow what is typed and chosen
document.addEventListener("input", (event) => {
  document.querySelectorAll(`[data-mirror="${event.target.name}"]`).forEach((place) => {
    place.textContent = event.target.value || place.dataset.empty;
  });
  const chosen = event.target.closest(".o-upload")?.querySelector("[data-chosen]");
  if (chosen) chosen.textContent = event.target.files[0]?.name ?? "";
  if (event.target.dataset?.preview && event.target.files?.[0]) {
    const reader = new FileReader();
    reader.addEventListener("load", () =>
      document
        .querySelectorAll(`[data-shows="${event.target.dataset.preview}"] .o-logo`)
        .forEach((place) => {
          const image = new Image();
          image.src = reader.result;
          image.alt = "";
          place.replaceChildren(image);
        }),
    );
    reader.readAsDataURL(event.target.files[0]);
  }
});

// what is wrong is said by the console, in its words and beside each field
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  [elt, ...elt.querySelectorAll("form")].forEach((form) => {
    if (form.matches("form")) form.noValidate = true;
  });
});

// a changed choice of languages is a change of the form
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "language-chosen")
    event.detail.target.dispatchEvent(new Event("input", { bubbles: true }));
});

// a swap that takes the focused control away gives the focus to the one in its place
let before = null;
const controls = (target) => [
  ...target.querySelectorAll("a[href], button, input:not([type=hidden]), select"),
];
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  before = [target, target.parentElement, target.parentElement?.parentElement]
    .filter(Boolean)
    .map((part) => [part, controls(part).indexOf(document.activeElement)]);
  if (before[0][1] < 0) before = null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (!before || document.activeElement !== document.body) return;
  const [part, place] = before.find(([one]) => one.isConnected && controls(one).length) || [];
  const now = part ? controls(part) : [];
  now[Math.min(place, now.length - 1)]?.focus();
  before = null;
});

// while a file is on its way its form is not saved and not drawn anew
const sent = new Map(); // by request: its answer may have taken the input away
document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
  if (!elt.matches("input[type=file]")) return;
  sent.set(xhr, elt.closest("form"));
  sending(sent.get(xhr), 1);
});
finished(({ xhr }) => {
  sending(sent.get(xhr), -1);
  sent.delete(xhr);
});

// a detail panel is read when it opens, and closed by Esc
document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.target.classList.contains("l-panel")) return;
  event.detail.target.focus();
  event.detail.target.scrollIntoView({ block: "nearest" });
});
document.addEventListener("keydown", (event) => {
  const panel = event.target.closest?.(".l-panel");
  if (panel && event.key === "Escape") panel.replaceChildren();
});

// filters: empty values stay out of the address
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches?.("form[data-prune]")) return;
  for (const [key, value] of Object.entries(event.detail.parameters))
    if (value === "") delete event.detail.parameters[key];
});

// an unchecked switch sends nothing by itself: it says off
document.addEventListener("htmx:configRequest", (event) => {
  const input = event.detail.elt;
  if (input.matches?.("input[role=switch][hx-post]"))
    event.detail.parameters.on = input.checked ? "1" : "0";
});

// steppers
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  input.value = Math.max(
    Number(input.min || 0),
    (parseInt(input.value, 10) || 0) + Number(button.dataset.step),
  );
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// features that need another one follow it
document.addEventListener(
  "change",
  (event) => {
    const input = event.target;
    if (!input.matches?.("[data-feature]")) return;
    if (!input.checked) {
      document.querySelectorAll(`[data-needs="${input.dataset.feature}"]`).forEach((child) => {
        if (!child.checked) return;
        child.checked = false;
        child.dispatchEvent(new Event("change"));
        document
          .querySelectorAll(`[data-needs="${child.dataset.feature}"]`)
          .forEach((grandchild) => {
            grandchild.checked = false;
          });
      });
    } else if (input.dataset.needs) {
      const parent = document.querySelector(`[data-feature="${input.dataset.needs}"]`);
      if (parent && !parent.checked) parent.click();
    }
  },
  true,
);

// final actions: the button wakes when the right text is typed
document.addEventListener("input", (event) => {
  const input = event.target.closest("[data-confirm]");
  if (!input) return;
  input.closest("form").querySelector("[data-final]").disabled =
    input.value.trim().toLowerCase() !== input.dataset.confirm;
});

// two lists of the same checkboxes: checking moves the row to the other side
const move = (picker) => {
  const [left, right] = picker.querySelectorAll("ul");
  picker
    .querySelectorAll("li")
    .forEach((item) => (item.querySelector("input").checked ? right : left).append(item));
  picker.querySelectorAll("section").forEach((section) => {
    section.querySelector("[data-count]").textContent = section.querySelectorAll("li").length;
  });
};
const wake = () =>
  document.querySelectorAll("[data-picker]:not([data-awake])").forEach((picker) => {
    picker.dataset.awake = "yes";
    move(picker);
    picker.addEventListener("change", (event) => {
      if (event.target.type !== "checkbox") return;
      move(picker);
      event.target.focus();
    });
    picker.addEventListener("input", (event) => {
      if (event.target.type !== "search") return;
      const words = event.target.value.toLowerCase();
      event.target
        .closest("section")
        .querySelectorAll("li")
        .forEach((item) => {
          item.hidden = !item.textContent.toLowerCase().includes(words);
        });
    });
  });
document.addEventListener("htmx:afterSwap", wake);
wake();

// phone implies tickets (MEM-4); roles show what they add
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-agent]");
  if (!form) return;
  const phone = form.querySelector("[name=phone]");
  const ticket = form.querySelector("[name=ticket]");
  if (phone?.checked && ticket) ticket.checked = true;
});

// printing
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
