// The server's clock: its Date header corrects this machine's.
let skew = 0;

/** Takes the Date header of an answer; a difference of up to two seconds is the way it took. */
export const heard = (header, here = Date.now()) => {
  const date = Date.parse(header || "");
  if (date && Math.abs(date - here) > 2000) skew = date - here;
};

/** The server's time, in milliseconds. */
export const now = (here = Date.now()) => here + skew;

const two = (n) => String(n).padStart(2, "0");

/** A duration as people read it: mm:ss, from an hour on h:mm:ss; nothing is below zero. */
export const duration = (seconds) => {
  const s = Math.max(0, Math.floor(seconds));
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s < 3600 ? rest : `${Math.floor(s / 3600)}:${rest}`;
};
