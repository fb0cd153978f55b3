import assert from "node:assert/strict";
import { test } from "node:test";
import { off } from "../../static/js/rows.js";

test("what is seen stays where it is", () => {
  assert.equal(off({ left: 0, right: 390 }, { left: 0, right: 90 }), 0);
  assert.equal(off({ left: 16, right: 374 }, { left: 300, right: 374 }), 0);
});

test("what lies beyond either end comes into the middle", () => {
  assert.equal(off({ left: 0, right: 400 }, { left: 500, right: 600 }), 350);
  assert.equal(off({ left: 0, right: 400 }, { left: -100, right: 0 }), -250);
  assert.equal(off({ left: 0, right: 400 }, { left: 380, right: 420 }), 200);
});
