import assert from "node:assert/strict";
import { test } from "node:test";

import { amountAt, type Payoff } from "../src/payoff/payoff";
import { picture, reading } from "../src/payoff/picture";

const SIZE = { width: 640, height: 400 };

const CALL: Payoff = {
  contract: "Call",
  party: "holder",
  asset: "BTC",
  cash: "USD",
  spot: 110,
  levels: { strike: 100 },
  paid: { prices: [50, 100, 150], amounts: [-10, -10, 40] },
  today: { prices: [50, 150], amounts: [0, 60] },
};

test("between two points of a curve its amount is on the line, outside there is none", () => {
  assert.equal(amountAt(CALL.paid, 125), 15);
  assert.equal(amountAt(CALL.paid, 50), -10);
  assert.equal(amountAt(CALL.paid, 49), null);
  assert.equal(amountAt(CALL.paid, 151), null);
});

test("both curves, the level, the price now and zero are drawn", () => {
  const { svg } = picture(CALL, SIZE);
  for (const kind of ["paid", "today", "level", "spot", "zero", "gain", "loss"]) {
    assert.ok(svg.includes(`class="${kind}"`), kind);
  }
  assert.ok(svg.includes(">strike</text>") && svg.includes(">now</text>"));
});

test("no place lies outside of the picture", () => {
  const { svg } = picture(CALL, SIZE);
  const places = [...svg.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)];
  assert.ok(places.length > 10);
  for (const [, x, y] of places) {
    assert.ok(Number(x) >= 0 && Number(x) <= SIZE.width && Number(y) >= 0 && Number(y) <= SIZE.height);
  }
});

test("gain and loss meet where the curve crosses zero", () => {
  const { svg, across, up } = picture(CALL, SIZE);
  const crossing = Math.round(across.place(110) * 10) / 10;
  const zero = Math.round(up.place(0) * 10) / 10;
  assert.equal(svg.split(`${crossing},${zero}`).length - 1, 2);
});

test("without a market there is one curve and no legend of another", () => {
  const { svg } = picture({ ...CALL, today: null, spot: null }, SIZE);
  assert.ok(!svg.includes("today") && !svg.includes(">now<"));
});

test("what a contract is called cannot be more than text", () => {
  const { svg } = picture({ ...CALL, contract: '<script>&"' }, SIZE);
  assert.ok(!svg.includes("<script"));
});

test("a contract that pays nothing is a line at zero", () => {
  const { svg } = picture({ ...CALL, paid: { prices: [50, 150], amounts: [0, 0] }, today: null }, SIZE);
  assert.ok(!svg.includes("NaN") && !svg.includes("Infinity"));
});

test("the reading names the price and both amounts", () => {
  assert.deepEqual(reading(CALL, 125), ["BTC at 125 USD", "paid to holder 15 USD", "worth today 45 USD"]);
});
