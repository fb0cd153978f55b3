// Requests that scripts send themselves, with the token that htmx sends.

/** The headers htmx sends with every request of this page. */
export const headers = () => ({
  "HX-Request": "true",
  ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"),
});

/** Sends a body; null where no answer comes. */
export const post = (url, body, options = {}) =>
  fetch(url, { method: "POST", body, headers: headers(), ...options }).catch(() => null);

/**
 * Tells of every request of htmx when it is over, with htmx's own details. Its event
 * `afterRequest` says nothing where another answer has taken the asking element away meanwhile.
 */
export const finished = (heard) =>
  document.addEventListener("htmx:beforeSend", ({ detail }) =>
    detail.xhr.addEventListener("loadend", () => heard(detail)),
  );
