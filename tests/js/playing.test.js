import assert from "node:assert/strict";
import { test } from "node:test";
import { paced, sought } from "../../static/js/playing.js";

// the page as far as the script of histories asks it
const heard = {};
const players = [];
globalThis.document = {
  addEventListener: (name, does) => {
    heard[name] = [...(heard[name] ?? []), does];
  },
  querySelectorAll: (what) => {
    assert.equal(what, ".o-player audio");
    return players.map((player) => player.audio);
  },
};
await import("../../static/js/histories.js");
const happen = (name, event) => heard[name].forEach((does) => does(event));

/** A player as `_player.html` draws it, 60 seconds long. */
const player = () => {
  const made = { broken: { hidden: true }, matches: (what) => what === ".o-player" };
  const part = (name, more = {}) => ({
    matches: (what) => what === name,
    closest: (what) => (what === ".o-player" ? made : what === name ? made[name] : null),
    ...more,
  });
  made.audio = part(".o-player audio", { currentTime: 30, duration: 60, paused: false });
  made.audio.pause = () => {
    made.audio.paused = true;
  };
  made.audio.focus = () => {
    made.focused = true;
  };
  made["[data-speed]"] = part("[data-speed]", { value: "1" });
  made["[data-seek]"] = part("[data-seek]", { dataset: { seek: "-10" } });
  made["[data-broken]"] = made.broken;
  made.querySelector = (what) => (what === "audio" ? made.audio : made[what]);
  made.querySelectorAll = () => [made.audio, made["[data-speed]"]];
  players.push(made);
  return made;
};

test("a step stays within the sound, and waits until its length is known", () => {
  assert.equal(sought(30, -10, 60), 20);
  assert.equal(sought(3, -10, 60), 0);
  assert.equal(sought(55, 10, 60), 60);
  assert.equal(sought(0, 10, Number.NaN), 0);
  assert.equal(sought(7, 10, Number.POSITIVE_INFINITY), 7);
});

test("a speed holds for what is loaded later, too", () => {
  const audio = {};
  paced(audio, 1.5);
  assert.deepEqual(audio, { defaultPlaybackRate: 1.5, playbackRate: 1.5 });
});

test("buttons lead ten seconds back and on, other clicks nowhere", () => {
  const made = player();
  happen("click", { target: made["[data-seek]"] });
  assert.equal(made.audio.currentTime, 20);
  made["[data-seek]"].dataset.seek = "10";
  happen("click", { target: made["[data-seek]"] });
  happen("click", { target: made["[data-speed]"] });
  assert.equal(made.audio.currentTime, 30);
});

test("the chosen speed is that of the recording and of the next one", () => {
  const first = player();
  first["[data-speed]"].value = "1.25";
  happen("change", { target: first["[data-speed]"] });
  assert.equal(first.audio.playbackRate, 1.25);
  const next = player();
  happen("htmx:afterSwap", { detail: { target: next } });
  assert.equal(next.audio.playbackRate, 1.25);
  assert.equal(next["[data-speed]"].value, "1.25");
});

test("the player takes the keys of the button that it replaced; other parts take none", () => {
  const made = player();
  happen("htmx:afterSwap", { detail: { target: made } });
  assert.ok(made.focused);
  const list = { matches: () => false, querySelector: () => assert.fail("no player") };
  happen("htmx:afterSwap", { detail: { target: list } });
});

test("one recording is heard at a time", () => {
  const [first, second] = [player(), player()];
  happen("play", { target: second.audio });
  assert.deepEqual([first.audio.paused, second.audio.paused], [true, false]);
});

test("a sound that does not come says so in place of the player", () => {
  const made = player();
  happen("error", { target: { matches: () => false } });
  happen("error", { target: {} });
  assert.ok(made.broken.hidden);
  happen("error", { target: made.audio });
  assert.equal(made.broken.hidden, false);
  assert.ok(made.audio.hidden && made["[data-speed]"].hidden);
});
