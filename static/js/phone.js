// The phone widget: a remote control. The rows decide; this opens, rings, keeps typed text and
// passes keys on. Loaded where there is one.
import { inHand } from "./hands.js";
import { drop, keep, keepSoon, missing } from "./keeping.js";
import { phoneKey } from "./keys.js";
import { look, tick } from "./live.js";
import { ask } from "./news.js";
import { meaning } from "./polling.js";
import { finished } from "./request.js";

const host = document.getElementById("o-phone");
const store = (key, value) =>
  value === undefined
    ? sessionStorage.getItem(`occ-${key}`)
    : sessionStorage.setItem(`occ-${key}`, value);
const card = () => document.getElementById("o-phone-card");
// why the card is open: "hand" stays until it is closed by hand, "call" goes with the call; ""
// is closed
const draw = () => {
  if (!card()) return;
  card().hidden = !store("phone");
  host.querySelector("[data-phone-toggle]").setAttribute("aria-expanded", String(!card().hidden));
};
const show = (why) => {
  store("phone", why);
  draw();
};
// a ring, a call out and the work after a call open it once a window; every swap brings a new card, which is
// drawn as this one was
const openByCall = () => {
  const { state: now, call } = card()?.dataset || {};
  const cause = ["ringing", "dialing", "wrap_up"].includes(now) ? `${now} ${call}` : "";
  if (cause && cause !== store("cause") && !store("phone")) store("phone", "call");
  if (!call && now !== "missed" && store("phone") === "call") store("phone", "");
  store("cause", cause);
  draw();
};

// nothing may stand over a ringing call: a dialog with what is typed in it gives way until then
const dialog = document.getElementById("o-dialog");
const giveWay = (rings) => {
  if (!dialog.open || dialog.matches(":modal") !== rings) return;
  const active = document.activeElement;
  dialog.close();
  if (rings) dialog.show();
  else dialog.showModal();
  active?.focus();
};

// typed text and open panels survive a swap; what nobody touched is as it is stored
let kept = {};
const touched = (field) => {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  const drawn = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(0, drawn);
};
const remember = () => {
  kept = {
    panels: [...host.querySelectorAll("[data-panel][aria-expanded=true]")].map(
      (b) => b.dataset.panel,
    ),
    forms: {},
    focus: null,
  };
  kept.asked = [...host.querySelectorAll("details[open] form")].map((form) =>
    form.getAttribute("action"),
  );
  host.querySelectorAll("form[data-keep]").forEach((form) => {
    kept.forms[form.dataset.keep] = [...form.elements]
      .filter((f) => f.matches("input:not([type=hidden]), select, textarea") && touched(f))
      .map((f) => [f.name, f.value, f.checked]);
  });
  const active = document.activeElement;
  if (host.contains(active) && active.name)
    kept.focus = [active.form?.dataset.keep, active.name, active.selectionStart];
  else if (host.contains(active)) kept.focus = ["", "", 0];
};
const restore = () => {
  host.querySelectorAll("form[data-keep]").forEach((form) =>
    (kept.forms?.[form.dataset.keep] || []).forEach(([name, value, checked]) => {
      if (form.elements[name]?.type === "checkbox") form.elements[name].checked = checked;
      else if (form.elements[name]) form.elements[name].value = value;
    }),
  );
  (kept.panels || []).forEach((id) => panel(host.querySelector(`[data-panel="${id}"]`), true));
  (kept.asked || []).forEach((action) => {
    const asked = host.querySelector(`details form[action="${action}"]`);
    if (asked) asked.closest("details").open = true;
  });
  if (kept.focus) {
    const [form, name, at] = kept.focus;
    const field = form && host.querySelector(`form[data-keep="${form}"]`)?.elements[name];
    if (field) {
      field.focus();
      if (at !== null && at !== undefined) field.setSelectionRange?.(at, at);
    } else if (card() && !card().hidden)
      (
        card().querySelector("[data-errors]") ||
        card().querySelector("button:not([disabled]), select")
      )?.focus();
  }
  kept = {};
};
const panel = (button, open) => {
  if (!button) return;
  host.querySelectorAll("[data-panel]").forEach((other) => {
    const on = other === button && open;
    other.setAttribute("aria-expanded", String(on));
    document.getElementById(other.dataset.panel).hidden = !on;
    if (on) look(document.getElementById(other.dataset.panel));
  });
};
// what is typed about a call is kept a moment later, also where the page is left or the card goes with
// the call; the card is not drawn anew for it
const NOTES = ["notes", "disposition"];
host.addEventListener("input", ({ target: { form } }) => {
  if (!form?.dataset.notes) return;
  const typed = new FormData(form);
  keepSoon(
    form.dataset.notes,
    Object.fromEntries(NOTES.map((name) => [name, typed.get(name)])),
    1000,
  );
});
finished(({ elt, successful }) => {
  const filed = successful && elt.closest("[data-notes]");
  if (filed) drop(filed.dataset.notes);
});
// the card may be drawn without what the server gets at the same time
const carryOn = () => {
  const form = host.querySelector("[data-notes]");
  const typed = form && missing(form.dataset.notes);
  if (!typed) return;
  for (const name of NOTES) form.elements[name].value = typed.get(name);
  keep(form.dataset.notes);
};
// asked beside the card: what it asks itself drops what comes meanwhile, a click above all
let next = 0;
const fetchCard = () => {
  clearTimeout(next);
  htmx.ajax("GET", host.dataset.phone, {
    source: host.parentElement,
    target: host,
    swap: "innerHTML",
  });
};
const fetchLater = (delay) => {
  clearTimeout(next);
  next = setTimeout(fetchCard, delay);
};
let version = null; // of the card that is drawn or on its way
document.body.addEventListener("occ:news", (event) => {
  if (event.detail.phone === version) return;
  version = event.detail.phone;
  fetchCard();
});
finished(({ target, xhr, requestConfig }) => {
  if (target !== host || requestConfig.verb !== "get") return;
  if (!["failed", "login"].includes(meaning(xhr.status))) return;
  fetchLater(2000); // no news may come of what was missed
});
// a card asked for before a click was answered may be from before the click: it is not drawn over
// the answer, but asked for again, as is one that comes while somebody is at this one
let answers = 0;
const begun = new WeakMap(); // how many clicks were answered, by request
document.addEventListener("htmx:beforeSend", ({ detail: { target, xhr } }) => {
  if (target === host) begun.set(xhr, answers);
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== host || !detail.shouldSwap) return;
  const clicked = detail.requestConfig.verb === "post";
  const late = begun.get(detail.xhr) !== answers;
  const disturbs = !clicked && !late && inHand(host);
  if (clicked) answers += 1;
  if (late) fetchCard();
  if (disturbs) fetchLater(200);
  detail.shouldSwap = clicked || !(late || disturbs);
  if (detail.shouldSwap) remember();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== host) return;
  changed();
  // a CTI login makes the poller quicker at once
  if (event.detail.requestConfig?.verb === "post") ask();
});

// what comes into a page with its own status is not read out: one that was there before says it
const says = document.getElementById("o-phone-says");
const sayAloud = () => {
  const words = host.querySelector("[data-say]")?.textContent.trim().replace(/\s+/g, " ") || "";
  if (says.textContent !== words) says.textContent = words;
};

let ringing = "";
let state = card()?.dataset.state || host.dataset.state || "";
const changed = () => {
  const now = card()?.dataset.state || "";
  const ring = host.querySelector("[data-ring]");
  if (!ring) hush();
  else if (ring.dataset.ring !== ringing) alarm(ring);
  ringing = ring?.dataset.ring || "";
  openByCall();
  giveWay(Boolean(ring));
  sayAloud();
  if (state && state !== now && ["dialing", "talking"].includes(now)) opened();
  if (state === "dialing" && !card()?.dataset.call) answered = false;
  state = now;
  restore();
  carryOn();
  counters();
  mute();
  notifyButton();
  tick();
};
// answering, dialing and calling back open the ticket, as soon as there is one
const OPENS = /\/answer$|\/phone\/dial$|\/callbacks\/\d+\/connect$/;
let answered = false;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (OPENS.test(event.detail.requestConfig.path)) answered = true;
});
const opened = () => {
  const link = card()?.querySelector("[data-ticket]");
  if (!answered || !link) return;
  answered = false;
  // what is typed in a dialog stays; the card leads to the ticket
  if (!(dialog.open && dialog.dataset.dirty)) location.assign(link.href);
};
// a ticket that is taken or resolved here is shown so at once; one that is not open is opened
let link = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (host.contains(event.detail.elt)) link = card()?.querySelector("[data-ticket]");
});
finished(({ requestConfig, successful }) => {
  const command = requestConfig.path.replace(`${host.dataset.phone}/`, "");
  const resolves = command === "wrap_up" && /resolve/.test(requestConfig.parameters.also);
  if (!successful || !link || !(command === "take" || resolves)) return;
  const open = document.querySelector(`article[data-ticket="${link.dataset.ticket}"]`);
  const there = resolves ? `${link.href}/filed` : link.href; // says so, and takes it back
  if (open) htmx.ajax("GET", there, { source: "#t-ticket", target: "#t-ticket" });
  else if (resolves) htmx.ajax("GET", there, { source: "#main", swap: "none" });
  else location.assign(there);
});

// ringing: sound, notification, the agent's own system
let sound = null;
const muted = () => localStorage.getItem("occ-mute") === "yes";
const beep = () => {
  if (muted()) return;
  try {
    sound.context ||= new AudioContext();
    const tone = sound.context.createOscillator();
    const gain = sound.context.createGain();
    gain.gain.value = 0.08;
    tone.frequency.value = 660;
    tone.connect(gain).connect(sound.context.destination);
    tone.start();
    tone.stop(sound.context.currentTime + 0.4);
  } catch {
    // no sound device
  }
};
const alarm = (ring) => {
  hush();
  sound = { timer: setInterval(beep, 1500) };
  beep();
  if (window.Notification && Notification.permission === "granted" && document.hidden) {
    const note = new Notification(ring.dataset.title, {
      body: ring.dataset.body,
      tag: `call-${ring.dataset.ring}`,
    });
    note.onclick = () => {
      window.focus();
      note.close();
    };
    sound.note = note;
  }
  const link = host.querySelector("[data-popup]");
  if (link && store("popup") !== link.dataset.popup && !document.hidden) {
    store("popup", link.dataset.popup);
    window.open(link.href, "_blank", "noopener");
  }
};
const hush = () => {
  if (!sound) return;
  clearInterval(sound.timer);
  sound.context?.close();
  sound.note?.close();
  sound = null;
};
const mute = () =>
  host.querySelectorAll("[data-mute]").forEach((b) => {
    b.querySelector("span").textContent = muted() ? b.dataset.off : b.dataset.on;
    b.setAttribute("aria-pressed", String(!muted()));
  });
const notifyButton = () =>
  host.querySelectorAll("[data-ask-notify]").forEach((b) => {
    b.hidden =
      !window.Notification || !window.isSecureContext || Notification.permission !== "default";
  });
const counters = () =>
  host.querySelectorAll("[data-count]").forEach((area) => {
    const line = area.closest("form").querySelector("[data-counter]");
    const write = () => {
      const limit = Number(area.dataset.count);
      const used = area.value.length;
      line.textContent = `${used.toLocaleString()} / ${limit.toLocaleString()}`;
      line.classList.toggle("is-over", used > limit);
      if (used > limit) line.setAttribute("aria-live", "polite");
    };
    area.addEventListener("input", write);
    write();
  });

host.addEventListener("click", (event) => {
  if (event.target.closest("[data-phone-toggle]")) show(store("phone") ? "" : "hand");
  const button = event.target.closest("[data-panel]");
  if (button) {
    const opens = button.getAttribute("aria-expanded") !== "true";
    panel(button, opens);
    if (opens)
      document
        .getElementById(button.dataset.panel)
        .querySelector("input:not([type=hidden]), select")
        ?.focus();
  }
  if (event.target.closest("[data-mute]")) {
    localStorage.setItem("occ-mute", muted() ? "no" : "yes");
    mute();
  }
  if (event.target.closest("[data-ask-notify]"))
    Notification.requestPermission().then(notifyButton);
});
// Alt keys work also while typing, never while composing
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && card() && !card().hidden && host.contains(document.activeElement)) {
    show("");
    host.querySelector("[data-phone-toggle]").focus();
  }
  const letter = document.body.dataset.shortcuts === "on" && phoneKey(event);
  const button = letter && host.querySelector(`[data-key="${letter}"]:not([disabled])`);
  if (button) {
    event.preventDefault();
    if (!store("phone")) show("call");
    button.click();
  }
});
fetchCard();
