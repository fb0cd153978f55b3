// Proof of work: what makes the SHA-256 of a stamp, a dot and it begin with so many bits of 0.
const AT_ONCE = 64;

/** How many bits of 0 a digest begins with. */
export function zeros(digest) {
  let count = 0;
  for (const byte of new Uint8Array(digest)) {
    if (byte) return count + Math.clz32(byte) - 24;
    count += 8;
  }
  return count;
}

/** The smallest proof of a stamp; `subtle` is the browser's, which pages by http do not have. */
export async function prove(subtle, stamp, bits) {
  const text = new TextEncoder();
  for (let from = 0; ; from += AT_ONCE) {
    const tries = Array.from({ length: AT_ONCE }, (_none, index) => from + index);
    const digests = await Promise.all(
      tries.map((one) => subtle.digest("SHA-256", text.encode(`${stamp}.${one}`))),
    );
    const found = digests.findIndex((digest) => zeros(digest) >= bits);
    if (found >= 0) return String(from + found);
  }
}
