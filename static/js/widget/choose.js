// What a help center's widget decides without a page.

/** The language to speak: of `codes` ({code: {tag, …}}, the default one first) the one with the
 * asked code or tag, else one of the same language. */
export const languageOf = (codes, asked) => {
  const wanted = (asked || "").trim().toLowerCase().replaceAll("_", "-");
  const all = Object.entries(codes);
  const fits = (test) => all.find(([, { tag }]) => test(tag.toLowerCase()))?.[0];
  const exact = all.find(([code]) => code.toLowerCase().replaceAll("_", "-") === wanted)?.[0];
  const [main] = wanted.split("-");
  return (
    exact ??
    fits((tag) => tag === wanted) ??
    fits((tag) => main !== "" && tag === main) ??
    fits((tag) => main !== "" && tag.split("-")[0] === main) ??
    all[0][0]
  );
};

/** Where the help center lies, by the address of the script. */
export const baseOf = (address) => new URL("./", address).href.replace(/\/$/, "");

/** Whether a message came from the frame and asks to close the panel. */
export const closes = (event, frame, base) =>
  event.source === frame && event.origin === new URL(base).origin && event.data === "occ:close";
