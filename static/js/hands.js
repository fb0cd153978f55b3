// What somebody is in the middle of: a press that is no click yet, a syllable that is being composed.
// Its element is not taken away under it.
const BRIEFLY = 1000; // whoever rests on a key or a syllable holds nothing up
let at = null;
let since = 0;

const begins = ({ target }) => {
  at = target;
  since = performance.now();
};
const ends = () => {
  const ended = since;
  setTimeout(() => {
    if (ended === since) at = null; // after its click, and not what has begun since
  });
};
for (const name of ["pointerdown", "compositionstart", "compositionupdate"])
  document.addEventListener(name, begins, true);
for (const name of ["pointerup", "pointercancel", "compositionend"])
  document.addEventListener(name, ends, true);

/** Whether somebody is pressing or composing in a part just now. */
export const inHand = (part) => part.contains(at) && performance.now() - since < BRIEFLY;
