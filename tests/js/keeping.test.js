import assert from "node:assert/strict";
import { mock, test } from "node:test";

// the browser's parts that keeping asks
const stored = new Map();
const listeners = new Map();
const sent = [];
const told = [];
Object.assign(globalThis, {
  CustomEvent: class {
    constructor(type, { detail }) {
      Object.assign(this, { type, detail });
    }
  },
  addEventListener: (name, heard) => listeners.set(name, heard),
  document: {
    addEventListener: (name, heard) => listeners.set(name, heard),
    body: { dataset: { member: "7" }, getAttribute: () => "{}" },
    dispatchEvent: ({ detail }) => told.push([detail.status, detail.values.get("body")]),
  },
  fetch: (_url, { body, keepalive }) =>
    new Promise((resolve) => {
      const answer = (status) => resolve({ status, ok: status < 300 });
      sent.push({ body: body.get("body"), keepalive, answer });
    }),
  sessionStorage: {
    getItem: (key) => stored.get(key) ?? null,
    removeItem: (key) => stored.delete(key),
    setItem: (key, value) => stored.set(key, String(value)),
  },
});
mock.timers.enable({ apis: ["setTimeout"] });
const { drop, held, keepSoon, missing } = await import("../../static/js/keeping.js");
const URL = "/c/1/draft";
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await null;
};
const after = async (milliseconds) => {
  mock.timers.tick(milliseconds);
  await settled();
};
const answered = async (status) => {
  sent.shift().answer(status);
  await settled();
};
const type = (body) => keepSoon(URL, { body }, 1000);

test("what is typed is held until the server has it, and sent a moment later", async () => {
  type("a");
  await after(900);
  type("ab");
  assert.equal(sent.length, 0);
  await after(100); // not put off by the second key
  assert.equal(sent[0].body, "ab");
  assert.equal(held(URL).get("body"), "ab");
  await answered(204);
  assert.equal(held(URL), null);
  assert.deepEqual(told.pop(), [204, "ab"]);
});

test("a pane that was asked for before the server had it gets it back, a later one has it", async () => {
  const ask = () => {
    const xhr = {};
    listeners.get("htmx:beforeSend")({ detail: { xhr } });
    return () => listeners.get("htmx:beforeSwap")({ detail: { xhr } });
  };
  type("late");
  await after(1000);
  const drawEarlier = ask();
  await answered(204);
  drawEarlier();
  assert.equal(held(URL), null);
  assert.deepEqual([...missing(URL)], [["body", "late"]]);
  await new Promise((resolve) => setImmediate(resolve));
  while (Date.now() <= Number(new URLSearchParams([...stored.values()][0]).get("kept")));
  ask()();
  assert.equal(missing(URL), null);
  assert.equal(stored.size, 0);
});

test("texts arrive in the order in which they were typed", async () => {
  type("a");
  await after(1000);
  type("ab");
  await after(1000);
  assert.deepEqual(
    sent.map(({ body }) => body),
    ["a"],
  );
  await answered(204);
  assert.equal(held(URL).get("body"), "ab", "the answer was about another text");
  assert.equal(sent[0].body, "ab");
  await answered(204);
  assert.equal(held(URL), null);
});

test("what the server missed is sent again, what it refused waits for the next page", async () => {
  for (const status of [503, 401]) {
    type("a");
    await after(1000);
    await answered(status);
    assert.equal(held(URL).get("body"), "a");
    assert.deepEqual(told.pop(), [status, "a"]);
    await after(5000);
    await answered(204);
    assert.equal(held(URL), null);
  }
  for (const status of [400, 409, 422]) {
    type("refused");
    await after(1000);
    await answered(status);
    await after(5000);
    assert.equal(sent.length, 0);
    assert.equal(held(URL).get("body"), "refused");
  }
  for (const status of [403, 404]) {
    type("nobody writes there any more");
    await after(1000);
    await answered(status);
    assert.equal(held(URL), null);
  }
});

test("what hangs at one place holds up no other", async () => {
  type("a");
  keepSoon("/c/2/draft", { body: "b" }, 1000);
  await after(1000);
  assert.deepEqual(
    sent.map(({ body }) => body),
    ["a", "b"],
  );
  await answered(204);
  await answered(204);
});

test("a page that is left sends at once; a long text waits in the tab for the next page", async () => {
  type("a");
  await after(1000);
  type("ab");
  listeners.get("pagehide")();
  assert.deepEqual(
    sent.map(({ body, keepalive }) => [body, keepalive]),
    [
      ["a", true],
      ["ab", true],
    ],
  );
  await answered(204);
  await answered(204);
  type("가".repeat(7_000)); // nine bytes each, more than a browser sends by then
  await after(1000);
  assert.equal(sent[0].keepalive, false);
  await answered(204);
});

test("nothing is sent of what came another way, and nobody else's text is held", async () => {
  type("a");
  drop(URL);
  await after(6000);
  assert.equal(sent.length, 0);
  type("b");
  document.body.dataset.member = "8";
  assert.equal(held(URL), null);
  document.body.dataset.member = "7";
  drop(URL);
});
