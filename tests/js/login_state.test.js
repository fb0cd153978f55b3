import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, mayGo, next } from "../../static/js/login_state.js";

test("who is signed in at the site comes in, who is not leaves, and all else stays as it is", () => {
  const yes = { login: "true", usercode: "kim" };
  assert.equal(next(yes, ""), "enter");
  assert.equal(next({ ...yes, login: true }, ""), "enter");
  assert.equal(next(yes, "lee"), "enter");
  assert.equal(next(yes, "kim"), "");
  assert.equal(next({ login: "true" }, ""), "");
  const no = { login: "false", usercode: null };
  assert.equal(next(no, "kim"), "leave");
  assert.equal(next({ ...no, login: false }, "kim"), "leave");
  assert.equal(next(no, ""), "");
  for (const odd of [null, undefined, {}, [], "true", { login: "maybe" }])
    assert.equal(next(odd, "kim"), "");
});

test("the site is told what was chosen, in its address or in heads that hold ASCII", () => {
  const told = [
    { name: "usercode", carrier: "query", value: "k&m" },
    { name: "email", carrier: "header", value: "kim@shop.example" },
    { name: "username", carrier: "header", value: "김" },
  ];
  assert.deepEqual(asked("https://shop.example/state?x=1", told), [
    "https://shop.example/state?x=1&usercode=k%26m",
    { email: "kim@shop.example", username: "%EA%B9%80" },
  ]);
});

test("a site that says yes and signs nobody in is not gone to again within a minute", () => {
  assert.equal(mayGo(undefined, 1_000_000), true);
  assert.equal(mayGo("1000000", 1_059_999), false);
  assert.equal(mayGo("1000000", 1_060_000), true);
});
