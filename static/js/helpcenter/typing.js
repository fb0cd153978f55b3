// What is asked for, of what somebody has typed so far; "" is nothing yet.

/** The text without surplus blanks; one sign alone is nothing, unless it is a word. */
export function typed(text) {
  const plain = text.trim().replace(/\s+/g, " ");
  if ([...plain].length > 1) return plain;
  return /\p{Script=Han}/u.test(plain) ? plain : "";
}

/** The place after a step among `count` options and none (-1), round and round. */
export function stepped(chosen, step, count) {
  const places = count + 1;
  return ((chosen + 1 + step + places) % places) - 1;
}
