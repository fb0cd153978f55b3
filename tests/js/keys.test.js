import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { command, phoneKey, ticketCommand } from "../../static/js/keys.js";

const press = (key, more = {}) => ({ key, code: `Key${key.toUpperCase()}`, ...more });
const idle = { typing: false, writing: false, dialog: false };
const ANSWERING = { ...idle, typing: true, writing: true };

test("the palette opens from anywhere, the other commands only where nobody types", () => {
  assert.equal(command(press("k", { ctrlKey: true }), { typing: true, dialog: true }), "palette");
  assert.equal(command(press("K", { metaKey: true }), idle), "palette");
  assert.equal(command(press("?"), idle), "help");
  assert.equal(command(press("/"), idle), "search");
  assert.equal(command(press("/"), { typing: true, dialog: false }), "");
  assert.equal(command(press("/"), { typing: false, dialog: true }), "");
  assert.equal(command(press("/", { altKey: true }), idle), "");
  assert.equal(command(press("k"), idle), "");
});

test("keys of the ticket screen", () => {
  const found = ["j", "k", "x", "r", "C", "z"].map((key) => ticketCommand(press(key), idle));
  assert.deepEqual(found, ["next", "previous", "choose", "answer", "comment", ""]);
  assert.equal(ticketCommand(press("r"), { ...idle, typing: true }), "");
  assert.equal(ticketCommand(press("c", { ctrlKey: true }), idle), "");
  assert.equal(ticketCommand(press("Enter", { ctrlKey: true }), ANSWERING), "send");
  assert.equal(ticketCommand(press("Enter", { ctrlKey: true }), idle), "");
  assert.equal(ticketCommand(press("Enter"), ANSWERING), "");
});

test("nothing happens while Hangul is being composed", () => {
  for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
    assert.equal(command(press("k", { ctrlKey: true, ...more }), idle), "");
    assert.equal(ticketCommand(press("Enter", { ctrlKey: true, ...more }), ANSWERING), "");
    assert.equal(phoneKey(press("a", { altKey: true, ...more })), "");
  }
});

test("Alt and a letter, by its place: Hangul and Latin layouts press the same", () => {
  assert.equal(phoneKey({ key: "ㅁ", code: "KeyA", altKey: true }), "A");
  assert.equal(phoneKey(press("a")), "");
  assert.equal(phoneKey(press("a", { altKey: true, ctrlKey: true })), "");
});

test("the list of keys has each key that does something, and no other", () => {
  const list = readFileSync(new URL("../../templates/home/_keys.html", import.meta.url), "utf8");
  const rows = [...list.matchAll(/\('(\w+)', _\('[^']+'\), \[([^\]]+)\]\)/g)];
  const listed = rows.map(([, does, keys]) => `${does}: ${keys.replace(/[', ]/g, "")}`);
  const found = new Set();
  for (let code = 33; code < 127; code += 1)
    for (const ctrlKey of [false, true])
      for (const key of [String.fromCharCode(code), "Enter"]) {
        const pressed = `${ctrlKey ? "Ctrl" : ""}${key.length > 1 ? key : key.toUpperCase()}`;
        for (const where of [idle, ANSWERING])
          for (const does of [
            command(press(key, { ctrlKey }), where),
            ticketCommand(press(key, { ctrlKey }), where),
          ])
            if (does) found.add(`${does}: ${pressed}`);
      }
  const elsewhere = /^(Escape|Enter|codes|Arrow|F2|Delete|[A-Z]):/;
  assert.deepEqual([...found].sort(), listed.filter((row) => !elsewhere.test(row)).sort());
});
