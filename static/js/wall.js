// Boards that alternate: every few seconds the next screen, without reloading; figures change in
// place.
import { now } from "./clock.js";

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
  screens.forEach((screen, n) => {
    screen.hidden = n !== at;
  });
  if (title) title.textContent = screens[at].dataset.screen;
  if (marks)
    marks.replaceChildren(
      ...(screens.length > 1
        ? screens.map((_screen, n) =>
            Object.assign(document.createElement("i"), { className: n === at ? "on" : "" }),
          )
        : []),
    );
};
if (board) {
  setInterval(() => {
    if (!held) {
      at += 1;
      show();
    }
  }, Number(board.dataset.alternate) * 1000);
  board.addEventListener("occ:live", show);
  show();
}
hold?.addEventListener("click", () => {
  held = !held;
  hold.setAttribute("aria-pressed", String(held));
});
// the zones of the services that are shown, by the server's clock: a screen may stand anywhere and
// go wrong
const clocks = [...document.querySelectorAll("[data-clock]")].map((place) => [
  place,
  new Intl.DateTimeFormat("en-GB", {
    timeZone: place.dataset.clock,
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }),
]);
if (clocks.length) {
  const tick = () => {
    const time = new Date(now());
    clocks.forEach(([place, zone]) => {
      const [hour, minute, second] = zone.format(time).split(":");
      place.innerHTML = `${hour}:${minute}<small>:${second}</small>`;
    });
    if (time.getHours() === 4 && time.getMinutes() === 30 && time.getSeconds() === 0)
      location.reload();
  };
  setInterval(tick, 1000);
  tick();
}
