// The ticket screen: opening without leaving the list, keys, drafts, presence, and word of changes under the reader.
(() => {
  "use strict";
  const screen = () => document.querySelector("[data-tickets]");
  const csrf = () =>
    JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const items = () => [...document.querySelectorAll(".t-item")];
  const current = () => items().find((item) => item.hasAttribute("aria-current"));
  const mark = () => {
    const ident = document.querySelector("[data-ticket]")?.dataset.ticket;
    items().forEach((item) => {
      if (item.dataset.row === ident) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    });
    screen()?.classList.toggle("has-ticket", Boolean(ident));
    const title = document.querySelector("[data-ticket]")?.dataset.title;
    if (title) {
      document.title = document.title.replace(/^[^·]*/, `${title} `);
      document.querySelector(".o-crumb b").textContent = title;
    }
  };
  const isPhone = () => matchMedia("(max-width: 760px)").matches;
  const open = (link) => {
    if (isPhone()) sessionStorage.setItem(`${spot()} page`, scrollY);
    htmx.ajax("GET", link.href, { target: "#t-ticket" }).then(() => {
      history.pushState({ ticket: true }, "", link.href);
      if (isPhone()) scrollTo(0, 0); // it stands where the list was
    });
  };
  // the list scrolls on its own: where it was comes back with Back and a reload
  const spot = () =>
    `occ-list ${location.pathname.replace(/tickets.*/, "")}${["box", "q", "after", "before"].map((name) => new URLSearchParams(location.search).get(name) || "").join(" ")}`;
  window.addEventListener("pagehide", () => {
    const list = document.querySelector(".t-list");
    if (list) sessionStorage.setItem(spot(), list.scrollTop);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".t-items .t-subj");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
  window.addEventListener("popstate", () => {
    if (screen()) location.reload();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-go]")) location.href = event.target.value;
  });

  // tickets that are changed together: chosen by box or x, told above the list
  const boxes = () => [...document.querySelectorAll(".t-item input[name=ticket]:not(:disabled)")];
  const told = () => {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    const chosen = boxes().filter((box) => box.checked).length;
    const place = bar.querySelector("[data-bulk-text]");
    bar.hidden = !chosen;
    place.textContent = chosen ? place.dataset.bulkText.replace("{n}", chosen) : "";
    const all = document.querySelector("[data-bulk-all]");
    if (all) {
      all.checked = Boolean(chosen) && chosen === boxes().length;
      all.indeterminate = Boolean(chosen) && !all.checked;
    }
  };
  const choose = (on) => {
    boxes().forEach((box) => {
      box.checked = on;
    });
    told();
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-bulk-all]")) choose(event.target.checked);
    else if (event.target.name === "ticket") told();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-bulk-none]")) choose(false);
  });
  document.addEventListener("occ:live", (event) => {
    if (event.target.matches(".t-cols")) told();
  });
  window.addEventListener("pageshow", () => {
    if (screen()) told();
  });

  // what is being written: kept a moment after the last key
  let timer = null;
  let writing = 0;
  const form = () => document.querySelector("[data-composer]");
  // one way to write, in a plain field and in the editor of formatted text
  const pen = (at = form()) => {
    const area = at?.elements.body;
    const trix = at?.querySelector("trix-editor");
    if (!area) return null;
    if (trix) {
      return {
        load: (html) => trix.editor.loadHTML(html),
        focus: () => trix.focus(),
        before: () => trix.editor.getDocument().toString().slice(0, trix.editor.getPosition()),
        insert: (text, back = 0) => {
          const end = trix.editor.getPosition();
          trix.focus();
          trix.editor.recordUndoEntry("Insert");
          trix.editor.setSelectedRange([end - back, end]);
          trix.editor.insertHTML(text);
        },
        append: (text) => {
          const end = trix.editor.getDocument().toString().length - 1;
          trix.focus();
          trix.editor.recordUndoEntry("Insert");
          trix.editor.setSelectedRange(end);
          trix.editor.insertString(`${end ? "\n\n" : ""}${text}`);
        },
      };
    }
    return {
      load: (text) => {
        area.value = text;
      },
      focus: () => area.focus(),
      before: () => area.value.slice(0, area.selectionStart),
      insert: (text, back = 0) => put(area, text, area.selectionStart - back, area.selectionEnd),
      append: (text) =>
        put(area, `${area.value ? "\n\n" : ""}${text}`, area.value.length, area.value.length),
    };
  };
  const timeIn = (zone) =>
    new Date(window.occLive.now()).toLocaleTimeString("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      hour: "2-digit",
      minute: "2-digit",
    });
  const keep = async () => {
    timer = null;
    const at = form();
    if (!at) return;
    const body = new URLSearchParams({
      kind: at.dataset.tab,
      body: at.elements.body.value,
      formatted: at.elements.formatted?.value || "",
    });
    const answer = await fetch(at.dataset.draft, {
      method: "POST",
      body,
      keepalive: true,
      headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
    }).catch(() => null);
    const place = at.querySelector("[data-saved]");
    if (answer?.ok && place)
      place.textContent = at.elements.body.value.trim()
        ? `${place.dataset.text} ${timeIn(place.dataset.zone)}`
        : "";
  };
  const look = () => {
    const panel = document.querySelector("[data-looking]");
    if (panel)
      panel.dataset.looking = `ticket=${panel.dataset.ticket}&writing=${Date.now() - writing < 15000 ? 1 : 0}`;
  };
  setInterval(look, 5000); // who stopped writing is not said to write
  const wrote = (event) => {
    if (!event.target.matches("[data-composer] textarea, [data-composer] trix-editor")) return;
    if (!event.target.closest(".t-editor, textarea").contains(document.activeElement)) return; // the editor loads what is kept
    const first = Date.now() - writing > 15000;
    writing = Date.now();
    look();
    if (first) window.occBeat();
    timer ||= setTimeout(keep, 1500); // not put off by the next key: who never pauses is kept, too
  };
  document.addEventListener("input", wrote);
  document.addEventListener("trix-change", wrote);
  window.addEventListener("pagehide", () => {
    if (timer) keep();
  });
  const show = (at, kind) => {
    at.dataset.tab = kind;
    at.elements.kind.value = kind;
    at.querySelectorAll("[data-write]").forEach((tab) =>
      tab.setAttribute("aria-selected", String(tab.dataset.write === kind)),
    );
  };
  const write = (kind) => {
    const at = form();
    if (!at?.querySelector(`[data-write=${kind}]`)) return;
    show(at, kind);
    pen(at).focus();
  };
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-write]");
    if (tab) write(tab.dataset.write);
  });

  // templates: by a click in their dialog, by ::code while typing; placeholders into a template's own form
  const put = (area, text, from, to) => {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  };
  // the panel beside the ticket: one of its parts at a time, the same one after a swap
  const tabs = () => [...document.querySelectorAll(".t-tabs [data-pane]")];
  const pane = (name, enter = false) => {
    const chosen = tabs().find((tab) => tab.dataset.pane === name) || tabs()[0];
    tabs().forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    });
    if (!chosen) return;
    const shown = document.getElementById(chosen.getAttribute("aria-controls"));
    shown
      .querySelectorAll("[hx-trigger*='occ:shown']")
      .forEach((part) => htmx.trigger(part, "occ:shown"));
    if (!enter) return;
    shown.querySelector("input")?.focus();
    if (matchMedia("(max-width: 1180px)").matches) shown.closest(".t-side").scrollIntoView(); // it stands below the ticket
  };
  const openPane = (name, enter) => {
    sessionStorage.setItem("occ-pane", name);
    pane(name, enter);
  };
  const paneAgain = () => pane(sessionStorage.getItem("occ-pane"));
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-pane]");
    const opener = event.target.closest("[data-open-pane]");
    if (tab) openPane(tab.dataset.pane);
    if (opener) openPane(opener.dataset.openPane, true);
  });
  document.addEventListener("keydown", (event) => {
    const at = tabs().indexOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (at < 0 || !step) return;
    const next = tabs()[(at + step + tabs().length) % tabs().length];
    openPane(next.dataset.pane);
    next.focus();
  });
  const fetched = async (url, values) => {
    const answer = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(values),
      headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
    }).catch(() => null);
    const said = answer?.headers.get("HX-Trigger") || "{}";
    const told = said.startsWith("{") ? JSON.parse(said) : { [said]: "" };
    Object.entries(told).forEach(([name, detail]) => htmx.trigger(document.body, name, detail));
    return answer?.ok ? answer.text() : null;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button || !form()) return;
    const text = await fetched(button.dataset.insert, {});
    if (text === null) return;
    pen().insert(text);
  });
  const called = async (event) => {
    if (
      !event.target.matches("[data-composer] textarea, [data-composer] trix-editor") ||
      event.isComposing
    )
      return;
    const found = pen()
      .before()
      .match(/::([A-Za-z0-9]{1,20})\s$/);
    if (!found) return;
    const text = await fetched(form().dataset.codes, { code: found[1] });
    if (text !== null && pen().before().endsWith(found[0])) pen().insert(text, found[0].length);
  };
  document.addEventListener("input", (event) => {
    if (/\s/.test(event.data || "")) called(event);
  });
  document.addEventListener("trix-change", called);
  // after somebody was faster: their text below one's own
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button || !form()) return;
    pen().append(button.dataset.take);
    button.disabled = true;
  });
  // what is marked in a text goes into the dialog that masks it
  let marked = "";
  document.addEventListener("pointerdown", (event) => {
    const link = event.target.closest?.("[data-marked]");
    const chosen = getSelection();
    if (link)
      marked = link.closest(".t-msg").contains(chosen.anchorNode)
        ? String(chosen).trim().slice(0, 1000)
        : "";
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.matches?.("[data-marked]")) event.detail.parameters.text = marked;
    marked = "";
  });
  const place = (button) => {
    const area = document.getElementById(button.dataset.into);
    const trix = area.closest(".t-editor")?.querySelector("trix-editor");
    if (trix) trix.editor.insertString(button.dataset.place);
    else put(area, button.dataset.place, area.selectionStart, area.selectionEnd);
  };
  document.addEventListener("dblclick", (event) => {
    const button = event.target.closest("[data-place]");
    if (button) place(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("[data-place]")) {
      event.preventDefault();
      place(event.target);
    }
  });

  // files pasted or dropped where a text is written go the way of chosen ones
  const attach = (files, input = document.querySelector("[data-takes-files] [data-files]")) => {
    if (!input || !files.length) return false;
    const chosen = new DataTransfer();
    [...files].forEach((file) => chosen.items.add(file));
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };
  document.addEventListener("paste", (event) => {
    if (
      event.target.closest?.("[data-takes-files]") &&
      !event.target.closest("trix-editor") &&
      attach(event.clipboardData.files)
    )
      event.preventDefault();
  });
  ["dragover", "drop", "dragleave"].forEach((kind) =>
    document.addEventListener(kind, (event) => {
      const field = event.target.closest?.(".o-upload");
      const at = field || event.target.closest?.("[data-takes-files]");
      if (
        !at ||
        event.target.closest("trix-editor") ||
        (kind !== "dragleave" && !event.dataTransfer.types.includes("Files"))
      )
        return;
      at.classList.toggle("is-over", kind === "dragover");
      if (kind !== "dragleave") event.preventDefault();
      if (kind !== "drop") return;
      if (field)
        attach([...event.dataTransfer.files].slice(0, 1), field.querySelector("[type=file]"));
      else attach(event.dataTransfer.files);
    }),
  );
  document.addEventListener("occ:files", (event) => attach(event.detail));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.matches?.("[data-files]")) event.target.value = "";
  });

  // j k Enter x r c, and Ctrl Enter while typing
  document.addEventListener("keydown", (event) => {
    if (
      !screen() ||
      document.body.dataset.shortcuts !== "on" ||
      event.isComposing ||
      event.keyCode === 229
    )
      return;
    if (
      (event.ctrlKey || event.metaKey) &&
      event.key === "Enter" &&
      event.target.closest?.("[data-composer]")
    ) {
      event.preventDefault();
      const at = form();
      const send = () => at.querySelector(`[data-main][data-for=${at.dataset.tab}]`)?.click();
      requestAnimationFrame(() => setTimeout(send)); // the editor has taken in the last key by then
      return;
    }
    if (
      event.target.closest?.("input:not([type=checkbox]), textarea, select, trix-editor") ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      document.querySelector("dialog[open]")
    )
      return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      const rows = items();
      const from = rows.indexOf(document.activeElement?.closest?.(".t-item") || current());
      const next = rows[from + (key === "j" ? 1 : -1)] || (from < 0 ? rows[0] : null);
      next?.querySelector(".t-subj").focus();
    }
    if (key === "x") {
      const box = (document.activeElement?.closest?.(".t-item") || current())?.querySelector(
        "input[name=ticket]",
      );
      if (box && !box.disabled) {
        box.checked = !box.checked;
        told();
      }
    }
    if (key === "r") {
      event.preventDefault();
      write("answer");
    }
    if (key === "c") {
      event.preventDefault();
      write("comment");
    }
  });

  // somebody changed the ticket while it is open here
  document.addEventListener("occ:live", (event) => {
    if (event.target.id !== "t-viewers") return;
    const note = document.querySelector("[data-changed]");
    const now = event.target.querySelector("[data-version]");
    if (!note || !now) return;
    note.hidden = now.dataset.version === note.dataset.version;
    note.querySelector("[data-changed-text]").textContent = now.textContent;
  });
  // panes that are swapped under what is being written: kept at once, and put back where it is the same ticket
  let carried = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "t-ticket") return;
    const at = form();
    const sent = event.detail.requestConfig?.elt?.closest?.("[data-composer]");
    carried =
      at && !sent && at.elements.body.value
        ? { draft: at.dataset.draft, tab: at.dataset.tab, body: at.elements.body.value }
        : null;
    if (timer) {
      clearTimeout(timer);
      if (sent) timer = null;
      else keep();
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "t-ticket") return;
    writing = 0;
    mark();
    paneAgain();
    const at = form();
    if (carried && at?.dataset.draft === carried.draft) {
      if (!at.elements.body.value) pen(at).load(carried.body);
      if (at.querySelector(`[data-write=${carried.tab}]`)) show(at, carried.tab);
    }
    carried = null;
    const flow = document.getElementById("t-flow");
    if (flow) flow.scrollTop = flow.scrollHeight;
    document.querySelector("#t-ticket [data-errors]")?.focus();
    window.occBeat();
  });
  if (screen()) {
    paneAgain();
    if (performance.getEntriesByType("navigation")[0]?.type !== "navigate") {
      document.querySelector(".t-list").scrollTop = sessionStorage.getItem(spot()) || 0;
      if (isPhone() && !document.querySelector("[data-ticket]")) {
        history.scrollRestoration = "manual";
        scrollTo(0, sessionStorage.getItem(`${spot()} page`) || 0);
      }
    }
    document.getElementById("t-flow")?.scrollTo(0, 1e6);
    if (document.querySelector("[data-ticket]")) window.occBeat?.();
  }
})();
