// Codes of templates, as they are typed: "::refund" and a blank, or "::re" to choose from a list.

/** The code at the end of a text and the length of what stands for it; null where there is none. */
export const codeAtEnd = (text) => {
  const found = text.match(/::([A-Za-z0-9]{1,20})\s$/);
  return found && { code: found[1], typed: found[0] };
};

/** The part of a code, title or text that is being typed after "::"; null where none is. */
export const partAtEnd = (text) => {
  const found = text.match(/(?<!:)::([^\s:]{0,20})$/u);
  return found && { part: found[1], typed: found[0] };
};
