import assert from "node:assert/strict";
import { test } from "node:test";

import { scale, shown, ticks } from "../src/payoff/scale";

test("a place and its value are each other's inverse", () => {
  const across = scale(32_500, 97_500, 76, 700);
  for (const value of [32_500, 60_000, 97_500]) {
    assert.ok(Math.abs(across.value(across.place(value)) - value) < 1e-6);
  }
});

test("a range of nothing has one place", () => {
  assert.equal(scale(5, 5, 0, 100).place(5), 0);
});

test("ticks are round, within the range, and about as many as asked for", () => {
  assert.deepEqual(ticks(32_500, 97_500, 6), [40_000, 60_000, 80_000]);
  assert.deepEqual(ticks(-1.2, 1.2, 5), [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(ticks(3, 3, 5), [3]);
});

test("numbers are shown with the decimals that their size calls for", () => {
  assert.equal(shown(65_000), "65,000");
  assert.equal(shown(-1.256), "\u22121.26");
  assert.equal(shown(0.00421), "0.0042");
  assert.equal(shown(-0), "0");
});
