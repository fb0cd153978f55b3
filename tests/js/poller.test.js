import assert from "node:assert/strict";
import { mock, test } from "node:test";

// the worker's own parts: a tab that listens, and a server
const asked = [];
let news = { fast: false };
let status = 200;
const worker = { onconnect: null };
globalThis.self = worker;
globalThis.fetch = async (url, { method, headers }) => {
  asked.push([method || "GET", url, headers["X-CSRFToken"]]);
  return { status, ok: status < 300, headers: new Map(), json: async () => news };
};
mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
await import("../../static/js/poller.js");
const port = { postMessage: () => {} };
worker.onconnect({ ports: [port] });
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await null;
};
const ask = async (token) => {
  const headers = { "X-CSRFToken": token };
  port.onmessage({ data: { address: "/news", there: "/there", headers } });
  await settled();
};
const after = async (seconds) => {
  for (let second = 0; second < seconds; second++) {
    mock.timers.tick(1000);
    await settled();
  }
};
const said = () => asked.splice(0).filter(([method]) => method === "POST");

test("a browser is said to be there every 15 seconds while somebody is logged in to the phone", async () => {
  await ask("one");
  await after(20);
  assert.deepEqual(said(), [], "nobody is");
  news = { fast: true };
  await ask("one");
  assert.deepEqual(said(), [["POST", "/there", "one"]]);
  await after(14);
  assert.deepEqual(said(), []);
  status = 304; // nothing new
  await after(2);
  assert.deepEqual(said(), [["POST", "/there", "one"]]);
  await ask("two"); // the page has signed in again
  await after(15);
  assert.deepEqual(said(), [["POST", "/there", "two"]]);
  port.onmessage({ data: { bye: true } });
  await after(30);
  assert.deepEqual(said(), [], "its last page was closed");
});
