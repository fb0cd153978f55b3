import assert from "node:assert/strict";
import { test } from "node:test";
import { baseOf, closes, languageOf } from "../../static/js/widget/choose.js";

const CODES = {
  ko: { tag: "ko" },
  en: { tag: "en" },
  zh_TW: { tag: "zh-TW" },
  es_LA: { tag: "es-419" },
};

test("the language is the asked one, else one of its kin, else the default", () => {
  for (const [asked, code] of [
    ["en", "en"],
    ["EN-us", "en"],
    ["zh_TW", "zh_TW"],
    ["zh-tw", "zh_TW"],
    ["zh-CN", "zh_TW"],
    ["es-MX", "es_LA"],
    ["fr", "ko"],
    ["", "ko"],
    [undefined, "ko"],
    ["-", "ko"],
  ])
    assert.equal(languageOf(CODES, asked), code, asked);
});

test("the help center lies beside the script", () => {
  assert.equal(baseOf("https://cc.example/mall/hc/widget.js?x=1"), "https://cc.example/mall/hc");
});

test("only the frame itself closes the panel", () => {
  const frame = {};
  const base = "https://cc.example/mall/hc";
  const event = { source: frame, origin: "https://cc.example", data: "occ:close" };
  assert.ok(closes(event, frame, base));
  for (const other of [
    { source: {} },
    { origin: "https://evil.example" },
    { data: "occ:open" },
    { data: null },
  ])
    assert.ok(!closes({ ...event, ...other }, frame, base));
});
