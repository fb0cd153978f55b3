import assert from "node:assert/strict";
import test from "node:test";
import { stepped, typed } from "../../static/js/helpcenter/typing.js";

test("what is asked for has two signs, or one that is a word", () => {
  assert.equal(typed("  환불   금액 "), "환불 금액");
  assert.equal(typed("환"), "");
  assert.equal(typed("a"), "");
  assert.equal(typed("金"), "金");
  assert.equal(typed("   "), "");
  assert.equal(typed("😀"), "");
});

test("the arrows go round through the options and the box", () => {
  const down = [-1, 0, 1, 2].map((chosen) => stepped(chosen, 1, 3));
  assert.deepEqual(down, [0, 1, 2, -1]);
  const up = [-1, 2, 1, 0].map((chosen) => stepped(chosen, -1, 3));
  assert.deepEqual(up, [2, 1, 0, -1]);
});
