import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compared,
  headers,
  meaning,
  settling,
  showing,
  stale,
  turns,
} from "../../static/js/polling.js";

test("a poll names what is shown by its ETag, the first one nothing", () => {
  assert.deepEqual(headers(undefined), { "HX-Request": "true" });
  assert.equal(headers('"7"')["If-None-Match"], '"7"');
});

test("each answer means one thing", () => {
  const meanings = [200, 204, 304, 401, 403, 404, 500, 503].map(meaning);
  assert.deepEqual(meanings, [
    ...["changed", "changed", "same", "login", "gone", "gone", "failed", "failed"],
  ]);
});

test("rows that came and went are told apart from those that stayed", () => {
  const found = compared(new Set(["1", "2", "3"]), new Set(["3", "4"]));
  assert.deepEqual(found, { added: ["4"], gone: ["1", "2"] });
});

test("nothing moves under somebody who works in a list", () => {
  const list = { changed: true, inPlace: false, worked: true, button: {}, rows: true };
  assert.equal(settling({ ...list, changed: false }), "nothing");
  assert.equal(settling(list), "wait");
  assert.equal(settling({ ...list, worked: false }), "wait");
  assert.equal(settling({ ...list, inPlace: true }), "wait");
  assert.equal(settling({ ...list, inPlace: true, worked: false }), "redraw");
  assert.equal(settling({ ...list, rows: false }), "redraw");
  assert.equal(settling({ ...list, button: null }), "redraw");
});

test("figures are old after ten seconds, where polls are rarer after three of them", () => {
  assert.equal(stale(10, 2), false);
  assert.equal(stale(10.1, 2), true);
  assert.equal(stale(29, 10), false);
  assert.equal(stale(30.1, 10), true);
});

const rested = () => new Promise((done) => setImmediate(done));

test("a poll is asked by one at a time, whoever wants it how often", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const answers = [];
  const poll = turns(() => new Promise((answer) => answers.push(() => answer(5000))));
  poll.now();
  poll.now();
  poll.now();
  assert.equal(answers.length, 1);
  answers[0]();
  await rested();
  assert.equal(answers.length, 2, "what was wanted meanwhile is asked once after it");
  answers[1]();
  await rested();
  for (const asked of [3, 4]) {
    context.mock.timers.tick(5000);
    assert.equal(answers.length, asked, "and one timer goes on");
    answers[asked - 1]();
    await rested();
  }
  poll.now();
  context.mock.timers.tick(5000);
  assert.equal(answers.length, 5, "asking at once takes the place of the timer");
});

test("a poll that says null ends, until somebody wants it again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  const poll = turns(async () => {
    asked += 1;
    return null;
  });
  poll.later(3000);
  assert.equal(asked, 0);
  context.mock.timers.tick(3000);
  await rested();
  context.mock.timers.tick(60_000);
  assert.equal(asked, 1);
  poll.now();
  assert.equal(asked, 2);
});

test("what htmx drew is known by no older ETag and covered by no older answer", () => {
  const part = showing();
  part.drew('"A"');
  const first = part.asked();
  assert.deepEqual([first.etag, first.holds()], ['"A"', true]);
  part.redrawn();
  assert.equal(first.holds(), false, "its answer is from before");
  const second = part.asked();
  assert.equal(second.etag, undefined, "A is asked for whole, should it be back");
  assert.equal(second.holds(), true);
  part.drew('"A"');
  assert.equal(part.asked().etag, '"A"');
});
