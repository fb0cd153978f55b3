import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import { test } from "node:test";
import { prove, zeros } from "../../static/js/proof.js";

test("bits of 0 are counted across bytes", () => {
  const counts = [[0x80], [0x01], [0, 0xff], [0, 0x10], [0, 0]].map((bytes) =>
    zeros(Uint8Array.from(bytes).buffer),
  );
  assert.deepEqual(counts, [0, 7, 8, 11, 16]);
});

test("a proof makes the hash of the stamp, a dot and it begin with so many bits of 0", async () => {
  const proof = await prove(webcrypto.subtle, "key.1.8.mac", 8);
  const digest = createHash("sha256").update(`key.1.8.mac.${proof}`).digest();
  assert.equal(digest[0], 0);
  for (let smaller = 0; smaller < Number(proof); smaller++)
    assert.notEqual(createHash("sha256").update(`key.1.8.mac.${smaller}`).digest()[0], 0);
});
