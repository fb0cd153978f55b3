// Asks the customer site whether somebody is signed in there, as its guide says: who is comes back
// by its login page, who is not is signed out here, too. Without an answer all stays as it is.

const ASCII = /^[ -~]*$/;

/** What follows from the site's answer for whoever the console knows: "enter", "leave" or "". */
export function next(answer, usercode) {
  const isIn = answer?.login === true || answer?.login === "true";
  if (isIn && answer.usercode) return answer.usercode === usercode ? "" : "enter";
  const isOut = answer?.login === false || answer?.login === "false";
  return isOut && usercode ? "leave" : "";
}

/** The request that tells the site what was chosen: in its address or in heads, which hold ASCII. */
export function asked(url, told) {
  const address = new URL(url);
  const headers = {};
  for (const { name, carrier, value } of told)
    if (carrier === "header") headers[name] = ASCII.test(value) ? value : encodeURIComponent(value);
    else address.searchParams.set(name, value);
  return [address.href, headers];
}

/** Whether the way in was gone in this tab just now: once a minute, or a site that says yes and
    signs nobody in would be asked for ever. */
export function mayGo(tried, now) {
  return !(now - Number(tried) < 60_000);
}

async function ask(form) {
  const [url, headers] = asked(form.dataset.loginState, JSON.parse(form.dataset.told));
  const answer = await fetch(url, {
    credentials: "include",
    headers,
    signal: AbortSignal.timeout(5000),
  });
  const step = next(await answer.json(), form.dataset.usercode);
  if (step === "leave") form.submit();
  if (step === "enter" && form.dataset.login && mayGo(sessionStorage.occEntered, Date.now())) {
    sessionStorage.occEntered = Date.now();
    location.assign(form.dataset.login);
  }
}

if (typeof document !== "undefined") {
  const form = document.querySelector("[data-login-state]");
  if (form) ask(form).catch(() => {});
}
