// Boards that alternate: every few seconds the next screen, without reloading; figures change in place.
(() => {
  "use strict";
  const board = document.querySelector("[data-alternate]");
  const title = document.querySelector("[data-title]");
  const marks = document.querySelector("[data-marks]");
  const hold = document.querySelector("[data-hold]");
  let at = 0;
  let held = false;
  const show = () => {
    if (!board) return;
    const screens = [...board.querySelectorAll("[data-screen]")];
    if (!screens.length) return;
    at %= screens.length;
    screens.forEach((screen, n) => { screen.hidden = n !== at; });
    if (title) title.textContent = screens[at].dataset.screen;
    if (marks) marks.replaceChildren(...(screens.length > 1 ? screens.map((_screen, n) => Object.assign(document.createElement("i"), { className: n === at ? "on" : "" })) : []));
  };
  if (board) {
    setInterval(() => { if (!held) { at += 1; show(); } }, Number(board.dataset.alternate) * 1000);
    board.addEventListener("occ:live", show);
    show();
  }
  hold?.addEventListener("click", () => {
    held = !held;
    hold.setAttribute("aria-pressed", String(held));
  });
  const clock = document.querySelector("[data-clock]");
  if (clock) {
    const two = (n) => String(n).padStart(2, "0");
    const tick = () => {
      const now = new Date();
      clock.innerHTML = `${two(now.getHours())}:${two(now.getMinutes())}<small>:${two(now.getSeconds())}</small>`;
      if (now.getHours() === 4 && now.getMinutes() === 30 && now.getSeconds() === 0) location.reload();
    };
    setInterval(tick, 1000);
    tick();
  }
})();
