import assert from "node:assert/strict";
import { test } from "node:test";
import { codeAtEnd } from "../../static/js/tickets/codes.js";

test("a code is one once a blank or a new line follows it", () => {
  assert.deepEqual(codeAtEnd("Hello ::refund "), { code: "refund", typed: "::refund " });
  assert.deepEqual(codeAtEnd("::A1\n"), { code: "A1", typed: "::A1\n" });
  assert.equal(codeAtEnd("::refund"), null);
  assert.equal(codeAtEnd("::refund it"), null);
  assert.equal(codeAtEnd(":: "), null);
  assert.equal(codeAtEnd(`::${"a".repeat(21)} `), null);
});
