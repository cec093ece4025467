import assert from "node:assert/strict";
import { test } from "node:test";

import { expanded, symbolAt } from "../src/place";

const at = (name: string, start: number, end: number) => ({
  name,
  range: { start: { line: start }, end: { line: end } },
});
const FILE = [at("Second", 10, 20), at("First", 2, 8)];

test("the contract is the one around the cursor, else the one before, else the first", () => {
  assert.equal(symbolAt(FILE, 5)?.name, "First");
  assert.equal(symbolAt(FILE, 9)?.name, "First");
  assert.equal(symbolAt(FILE, 15)?.name, "Second");
  assert.equal(symbolAt(FILE, 0)?.name, "First");
  assert.equal(symbolAt([], 0), undefined);
});

test("paths of the settings may name the workspace and the home", () => {
  assert.equal(expanded("${workspaceFolder}/.venv/bin/rfos", "/w", "/h"), "/w/.venv/bin/rfos");
  assert.equal(expanded("~/bin/rfos", "/w", "/h"), "/h/bin/rfos");
  assert.equal(expanded("rfos", undefined, "/h"), "rfos");
});
