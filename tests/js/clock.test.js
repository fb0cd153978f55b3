import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, heard, now } from "../../static/js/clock.js";

test("durations are read as people read them, and are never below zero", () => {
  assert.equal(duration(-5), "00:00");
  assert.equal(duration(59.9), "00:59");
  assert.equal(duration(3599), "59:59");
  assert.equal(duration(3600), "1:00:00");
  assert.equal(duration(37 * 3600 + 61), "37:01:01");
});

test("the server's clock rules, but for the time an answer takes", () => {
  const here = Date.parse("2026-11-28T12:00:00Z");
  heard("Sat, 28 Nov 2026 12:00:02 GMT", here);
  assert.equal(now(here), here);
  heard("Sat, 28 Nov 2026 12:05:00 GMT", here);
  assert.equal(now(here), here + 300_000);
  heard(null, here);
  assert.equal(now(here), here + 300_000);
});
