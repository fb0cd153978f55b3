// The list: tickets are opened without leaving it, and it is found again where it was.
export const screen = () => document.querySelector("[data-tickets]");
const items = () => [...document.querySelectorAll(".t-item")];
const current = () => items().find((item) => item.hasAttribute("aria-current"));
const isPhone = () => matchMedia("(max-width: 760px)").matches;

/** The row that keys act on: the focused one, else the open one. */
export const pointed = () => document.activeElement?.closest?.(".t-item") || current();

/** Focuses the next row (1) or the one before (-1). */
export const step = (by) => {
  const rows = items();
  const from = rows.indexOf(pointed());
  const next = rows[from + by] || (from < 0 ? rows[0] : null);
  next?.querySelector(".t-subj").focus();
};

/** Marks the open ticket in the list and in the page's title. */
export const mark = () => {
  const open = document.querySelector("article[data-ticket]")?.dataset;
  items().forEach((item) => {
    if (item.dataset.row === open?.ticket) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  });
  screen()?.classList.toggle("has-ticket", Boolean(open?.ticket));
  if (open?.title) {
    document.title = document.title.replace(/^[^·]*/, `${open.title} `);
    document.querySelector(".o-crumb b").textContent = open.title;
  }
};

/** Shows a ticket's state in its row at once, also where it leaves the list by it. */
export const tellState = () => {
  const state = document.querySelector(".t-dhead .o-chip");
  const there = document.querySelector(".t-item[aria-current] .o-chip");
  if (state && there) there.replaceWith(state.cloneNode(true));
};

// the list scrolls on its own: where it was comes back with Back and a reload
const spot = () => {
  const asked = new URLSearchParams(location.search);
  const parts = ["box", "q", "after", "before"].map((name) => asked.get(name) || "");
  return `occ-list ${location.pathname.replace(/tickets.*/, "")}${parts.join(" ")}`;
};
const open = (link) => {
  if (isPhone()) sessionStorage.setItem(`${spot()} page`, scrollY);
  // the last one clicked is shown, not the last one answered; what was left has no address
  htmx.trigger("#t-ticket", "htmx:abort");
  htmx.ajax("GET", link.href, { source: "#t-ticket", target: "#t-ticket" }).then(
    () => {
      history.pushState({ ticket: true }, "", link.href);
      if (isPhone()) scrollTo(0, 0); // it stands where the list was
    },
    () => {},
  );
};
window.addEventListener("pagehide", () => {
  const list = document.querySelector(".t-list");
  if (list) sessionStorage.setItem(spot(), list.scrollTop);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest(".t-items .t-subj, .o-toast [data-open]");
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

/** Scrolls to where the list was before Back or a reload, else to the open ticket. */
export const scrollBack = () => {
  if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
    current()?.scrollIntoView({ block: "nearest" });
    return;
  }
  document.querySelector(".t-list").scrollTop = sessionStorage.getItem(spot()) || 0;
  if (isPhone() && !document.querySelector("article[data-ticket]")) {
    history.scrollRestoration = "manual";
    scrollTo(0, sessionStorage.getItem(`${spot()} page`) || 0);
  }
};
