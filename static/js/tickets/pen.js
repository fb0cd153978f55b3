// One way to write, in a plain field and in the editor of formatted text.

/** Puts a text in place of a part of a field, as if it were typed. */
export const put = (area, text, from, to) => {
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
};

/** The form in which somebody writes to the open ticket. */
export const composer = () => document.querySelector("[data-composer]");

const plain = (area) => ({
  load: (text) => {
    area.value = text;
  },
  focus: () => area.focus(),
  before: () => area.value.slice(0, area.selectionStart),
  insert: (text, back = 0) => put(area, text, area.selectionStart - back, area.selectionEnd),
  append: (text) => {
    const gap = area.value ? "\n\n" : "";
    put(area, `${gap}${text}`, area.value.length, area.value.length);
  },
});

const formatted = (trix) => ({
  load: (html) => {
    // an editor that still is to come begins with what stands in its field
    if (trix.editor) trix.editor.loadHTML(html);
    else document.getElementById(trix.getAttribute("input")).value = html;
  },
  focus: () => trix.focus(),
  before: () => trix.editor.getDocument().toString().slice(0, trix.editor.getPosition()),
  insert: (html, back = 0) => {
    const end = trix.editor.getPosition();
    trix.focus();
    trix.editor.recordUndoEntry("Insert");
    trix.editor.setSelectedRange([end - back, end]);
    trix.editor.insertHTML(html);
  },
  append: (text) => {
    const end = trix.editor.getDocument().toString().length - 1;
    trix.focus();
    trix.editor.recordUndoEntry("Insert");
    trix.editor.setSelectedRange(end);
    trix.editor.insertString(`${end ? "\n\n" : ""}${text}`);
  },
});

/** What writes into the text of a form; null where it has none. */
export const pen = (form = composer()) => {
  const area = form?.elements.body;
  if (!area) return null;
  const trix = form.querySelector("trix-editor");
  return trix ? formatted(trix) : plain(area);
};
