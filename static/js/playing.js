// Playing recordings: where a step leads to, and what its element has to be told. Knows no page.

/** Where `by` seconds from `at` lie in a sound of a length; where that is not known yet, at its place. */
export const sought = (at, by, length) =>
  Number.isFinite(length) ? Math.min(Math.max(at + by, 0), length) : at;

/** What an element plays at a speed; the next sound that it loads, too. */
export const paced = (audio, speed) => {
  audio.defaultPlaybackRate = speed;
  audio.playbackRate = speed;
};
