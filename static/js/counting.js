// Counting as people count: characters against a limit, callbacks dealt among agents.
const segments = globalThis.Intl?.Segmenter
  ? new Intl.Segmenter(undefined, { granularity: "grapheme" })
  : null;

/** How many characters people see in a text. */
export const graphemes = (text) => {
  const composed = text.normalize("NFC");
  return segments ? [...segments.segment(composed)].length : [...composed].length;
};

/** What is left of a limit: near from 90 % on, over beyond it. */
export const tally = (used, limit) => ({ near: used > limit * 0.9, over: used > limit });

/** An agent's open callbacks, now and then: "3 → 5", or "3 → 5–6" where they deal unevenly. */
export const dealt = (open, callbacks, agents) => {
  const share = callbacks / agents;
  const [least, most] = [Math.floor(share), Math.ceil(share)];
  return `${open} → ${open + least}${most > least ? `–${open + most}` : ""}`;
};
