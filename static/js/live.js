// Live parts: timers tick here, parts poll with their ETag, and wait while somebody works inside them.
(() => {
  "use strict";
  const two = (n) => String(n).padStart(2, "0");
  const clock = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    return s < 3600 ? `${two(Math.floor(s / 60))}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  };
  // the server's clock rules: its Date header corrects this machine's
  let skew = 0;
  const tick = () => {
    const now = Date.now() + skew;
    document.querySelectorAll("time[data-since]").forEach((t) => { t.textContent = clock((now - Date.parse(t.dateTime)) / 1000); });
    document.querySelectorAll("time[data-until]").forEach((t) => { t.textContent = clock((Date.parse(t.dateTime) - now) / 1000); });
    document.querySelectorAll("[data-fresh]").forEach((part) => {
      const age = (Date.now() - Number(part.dataset.fresh)) / 1000;
      const stale = age > 10;
      part.classList.toggle("is-stale", stale);
      document.body.classList.toggle("is-stale", Boolean(document.querySelector("[data-fresh].is-stale, [data-down]")));
      document.querySelectorAll("[data-stale-for]").forEach((el) => { el.textContent = clock(age); });
    });
  };
  setInterval(tick, 1000);

  const busy = (part) => {
    const active = document.activeElement;
    if (active && part.contains(active) && active.matches("input, select, textarea, summary, [aria-expanded=true]")) return true;
    const chosen = getSelection();
    return Boolean((chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode)) || part.querySelector("details[open], dialog[open]"));
  };
  const poll = async (part) => {
    const again = () => { part.timer = setTimeout(() => poll(part), Number(part.dataset.every || 3) * 1000); };
    if (!part.isConnected) return;
    if (document.hidden && !part.hasAttribute("data-always")) return again();
    try {
      const headers = { "HX-Request": "true" };
      if (part.etag) headers["If-None-Match"] = part.etag;
      const answer = await fetch(part.dataset.live, { cache: "no-store", headers });
      const date = Date.parse(answer.headers.get("Date") || "");
      if (date && Math.abs(date - Date.now()) > 2000) skew = date - Date.now();
      if (answer.status === 401) document.body.dispatchEvent(new CustomEvent("occ:login"));
      if (answer.status === 403 || answer.status === 404) {
        if (part.hasAttribute("data-leave")) location.reload();
        return;
      }
      if (answer.ok || answer.status === 304) part.dataset.fresh = String(Date.now());
      if (answer.ok) {
        const html = await answer.text();
        if (busy(part)) return again();
        part.etag = answer.headers.get("ETag");
        change(part, html);
      }
    } catch {
      // stays as it is; `is-stale` says so after ten seconds
    }
    again();
  };
  const change = (part, html) => {
    const before = new Map([...part.querySelectorAll("[data-n]")].map((el) => [el.dataset.n, el.textContent]));
    const open = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = html;
    if (window.htmx) htmx.process(part);
    part.querySelectorAll("[data-n]").forEach((el) => {
      if (before.has(el.dataset.n) && before.get(el.dataset.n) !== el.textContent) el.classList.add("is-new-value");
    });
    if (open) document.getElementById(open)?.focus();
    tick();
    part.dispatchEvent(new CustomEvent("occ:live", { bubbles: true }));
  };
  const begin = (root) => root.querySelectorAll("[data-live]").forEach((part) => {
    if (part.timer) return;
    part.dataset.fresh = String(Date.now());
    part.timer = setTimeout(() => poll(part), part.hasAttribute("data-now") ? 0 : Number(part.dataset.every || 3) * 1000);
  });
  begin(document);
  document.addEventListener("htmx:afterSettle", (event) => begin(event.detail.target.parentElement || document));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.querySelectorAll("[data-live]").forEach((part) => { clearTimeout(part.timer); poll(part); });
  });
  window.occLive = { tick, poll };
  tick();
})();
