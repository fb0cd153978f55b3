// What a text message can hold and how many CP949 bytes it takes, as `occ/sms/rules/text.py` counts
// them: the browser's decoder knows the same codes. Node's does not.
/** What stands in for signs that have no code: as in `SUBSTITUTES` of the server. */
export const SUBSTITUTES = {
  "₩": "￦",
  "–": "―",
  "—": "―",
  "−": "-",
  "‐": "-",
  "‑": "-",
  "•": "·",
  "・": "·",
  "‧": "·",
  "⋯": "…",
  "〜": "～",
  "\u00a0": " ",
  "\u2028": "\n",
  "\u2029": "\n",
};
const LEAD = [0x81, 0xfe];
const TRAIL = [0x41, 0xfe];
let known = null; // by sign: 1 or 2 bytes, 3 for two bytes that EUC-KR lacks
const RARE = 3;

const table = () => {
  if (known) return known;
  known = new Map();
  const decoder = new TextDecoder("euc-kr", { fatal: true });
  for (let lead = LEAD[0]; lead <= LEAD[1]; lead++)
    for (let trail = TRAIL[0]; trail <= TRAIL[1]; trail++) {
      let sign;
      try {
        sign = decoder.decode(new Uint8Array([lead, trail]));
      } catch {
        continue; // no such code
      }
      if (sign.length === 1) known.set(sign, Math.min(lead, trail) < 0xa1 ? RARE : 2);
    }
  for (let one = 0; one < 0x80; one++) known.set(String.fromCharCode(one), 1);
  return known;
};

// the bytes of a text; null where something in it has no code
const weigh = (text) => {
  const codes = table();
  let sum = 0;
  for (const sign of text) {
    const weight = codes.get(sign);
    if (!weight) return null;
    sum += Math.min(weight, 2);
  }
  return sum;
};

/** What is offered for a character without a code: "" to take it out, null for nothing. */
export const substitute = (sign) => {
  if (Object.hasOwn(SUBSTITUTES, sign)) return SUBSTITUTES[sign];
  const plain = sign.normalize("NFD").replace(/[\p{Mn}\p{Me}\p{Cf}]/gu, "");
  for (const form of [sign.normalize("NFKC"), plain.normalize("NFC"), plain.normalize("NFKC")])
    if (form && weigh(form) !== null) return form;
  return /[\p{L}\p{N}]/u.test(sign) ? null : "";
};

/** A character as it is named: by its number where it shows nothing. */
export const named = (sign) =>
  /^[\p{C}\p{Z}]/u.test(sign)
    ? [...sign]
        .map((one) => `U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`)
        .join(" ")
    : sign;

const segments = globalThis.Intl?.Segmenter
  ? new Intl.Segmenter(undefined, { granularity: "grapheme" })
  : null;
const split = (text) =>
  segments ? Array.from(segments.segment(text), ({ segment }) => segment) : [...text];

const note = (signs, sign, at, length) => {
  const found = signs.get(sign) ?? { text: sign, places: [] };
  found.places.push([at, at + length]);
  signs.set(sign, found);
};

/**
 * A text as it is sent, its bytes, and what is refused and warned of: each sign with its places
 * [from, to] in what was typed.
 */
export const measure = (typed) => {
  const [refused, warned, sent] = [new Map(), new Map(), []];
  let [bytes, at] = [0, 0];
  for (const one of split(typed)) {
    // a text area keeps line ends as one sign; what is pasted elsewhere may not
    const raw = one === "\r\n" || one === "\r" ? "\n" : one;
    const composed = raw.normalize("NFC");
    const form = [composed, raw].find((each) => weigh(each) !== null);
    if (form === undefined) {
      note(refused, composed, at, one.length);
      for (const part of composed) bytes += weigh(part) ?? 0;
    } else {
      bytes += weigh(form);
      if (table().get(form) === RARE) note(warned, form, at, one.length);
    }
    sent.push(form ?? composed);
    at += one.length;
  }
  return {
    text: sent.join(""),
    bytes,
    refused: Array.from(refused.values(), (sign) => ({
      ...sign,
      substitute: substitute(sign.text),
    })),
    warned: [...warned.values()],
  };
};
