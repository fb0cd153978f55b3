import assert from "node:assert/strict";
import { test } from "node:test";
import { compared, headers, meaning, settling, stale } from "../../static/js/polling.js";

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
