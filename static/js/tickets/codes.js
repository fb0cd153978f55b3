// Codes of templates, as they are typed: "::refund" and a blank.

/** The code at the end of a text and the length of what stands for it; null where there is none. */
export const codeAtEnd = (text) => {
  const found = text.match(/::([A-Za-z0-9]{1,20})\s$/);
  return found && { code: found[1], typed: found[0] };
};
