import assert from "node:assert/strict";
import { test } from "node:test";
import { codeAtEnd, partAtEnd } from "../../static/js/tickets/codes.js";

test("a code is one once a blank or a new line follows it", () => {
  assert.deepEqual(codeAtEnd("Hello ::refund "), { code: "refund", typed: "::refund " });
  assert.deepEqual(codeAtEnd("::A1\n"), { code: "A1", typed: "::A1\n" });
  assert.equal(codeAtEnd("::refund"), null);
  assert.equal(codeAtEnd("::refund it"), null);
  assert.equal(codeAtEnd(":: "), null);
  assert.equal(codeAtEnd(`::${"a".repeat(21)} `), null);
});

test("what is typed after two colons is a part to find templates by, until a blank", () => {
  assert.deepEqual(partAtEnd("Hello ::re"), { part: "re", typed: "::re" });
  assert.deepEqual(partAtEnd("::"), { part: "", typed: "::" });
  assert.deepEqual(partAtEnd("안녕하세요 ::환불"), { part: "환불", typed: "::환불" });
  assert.equal(partAtEnd("::re "), null);
  assert.equal(partAtEnd("10:30"), null);
  assert.equal(partAtEnd(":::"), null);
  assert.equal(partAtEnd(`::${"a".repeat(21)}`), null);
});
