// What polls decide, without the page: whose turn it is, headers, answers, rows that came and went.

/** The headers of a poll; with the ETag of what is shown, an unchanged part costs a 304. */
export const headers = (etag) =>
  etag ? { "HX-Request": "true", "If-None-Match": etag } : { "HX-Request": "true" };

/** How long a poll waits for its answer; a connection that hangs would end all polls. */
export const patience = () => AbortSignal.timeout(20_000);

/**
 * Asks again and again, one question at a time: `ask` settles with the milliseconds until the
 * next, or null for none. `now` asks at once; what is wanted while an answer is on the way is asked
 * after it. `later` begins after a pause.
 */
export const turns = (ask) => {
  let timer = 0;
  let asking = false;
  let wanted = false;
  const now = async () => {
    clearTimeout(timer);
    wanted = true;
    if (asking) return;
    asking = true;
    let pause = null;
    while (wanted) {
      wanted = false;
      pause = await ask();
    }
    asking = false;
    if (pause !== null) timer = setTimeout(now, pause);
  };
  const later = (pause) => {
    timer = setTimeout(now, pause);
  };
  return { now, later };
};

/**
 * What a part shows, by its ETag. `asked` begins a poll and tells whether its answer still is about
 * what is shown; `redrawn` says that somebody else drew the part: neither its ETag nor an answer on
 * the way holds from then on.
 */
export const showing = () => {
  let etag;
  let drawn = 0;
  return {
    asked: () => {
      const then = drawn;
      return { etag, holds: () => then === drawn };
    },
    drew: (tag) => {
      etag = tag;
    },
    redrawn: () => {
      etag = undefined;
      drawn += 1;
    },
  };
};

/**
 * What an answer means for its part: "changed" brings its new text, "same" says that it is as
 * shown, "login" that the session ended, "gone" that it is no longer there for this person; all
 * else is "failed".
 */
export const meaning = (status) => {
  if (status >= 200 && status < 300) return "changed";
  if (status === 304) return "same";
  if (status === 401) return "login";
  return status === 403 || status === 404 ? "gone" : "failed";
};

/** Whether figures are too old to be taken for now: three polls failed, or ten seconds passed. */
export const stale = (seconds, every) => seconds > Math.max(10, 3 * every);

/** Keys of rows that are new, and of those that are no longer there. */
export const compared = (before, after) => ({
  added: [...after].filter((key) => !before.has(key)),
  gone: [...before].filter((key) => !after.has(key)),
});

/**
 * What is done with rows that came or went: "nothing" where none did, "redraw" at once,
 * or "wait" behind a button, where rows are shown that somebody may be working in.
 */
export const settling = ({ changed, inPlace, worked, button, rows }) => {
  if (!changed) return "nothing";
  if (inPlace && !worked) return "redraw";
  return button && rows ? "wait" : "redraw";
};
