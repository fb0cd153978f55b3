import assert from "node:assert/strict";
import { test } from "node:test";
import { dealt, graphemes, tally } from "../../static/js/counting.js";

test("characters are counted as people see them", () => {
  assert.equal(graphemes(""), 0);
  assert.equal(graphemes("안녕"), 2);
  assert.equal(graphemes("안녕".normalize("NFD")), 2);
  assert.equal(graphemes("👨‍👩‍👧🇰🇷é"), 3);
});

test("a limit is near from 90 % on, and over beyond it", () => {
  assert.deepEqual(tally(90, 100), { near: false, over: false });
  assert.deepEqual(tally(91, 100), { near: true, over: false });
  assert.deepEqual(tally(100, 100), { near: true, over: false });
  assert.deepEqual(tally(101, 100), { near: true, over: true });
});

test("callbacks are dealt evenly, or with one more for some", () => {
  assert.equal(dealt(3, 4, 2), "3 → 5");
  assert.equal(dealt(3, 5, 2), "3 → 5–6");
  assert.equal(dealt(0, 1, 3), "0 → 0–1");
});
