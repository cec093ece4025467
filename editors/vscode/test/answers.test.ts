import assert from "node:assert/strict";
import { test } from "node:test";

import { shown } from "../src/answers";

test("a payoff is a picture", () => {
  const payoff = { ok: true, contract: "C", paid: { prices: [1, 2], amounts: [0, 1] } };
  assert.equal(shown("rfos.payoff", payoff)?.kind, "picture");
});

test("a price is its first line, and all of it on demand", () => {
  const what = shown("rfos.price", { ok: true, text: "17,128 USD to holder\nclosed form\n" });
  assert.deepEqual(what, {
    kind: "text",
    failed: false,
    line: "17,128 USD to holder",
    text: "17,128 USD to holder\nclosed form",
  });
});

test("what was refused says its code", () => {
  const what = shown("rfos.payoff", { ok: false, diagnostics: [{ code: "E0901", message: "no price" }] });
  assert.deepEqual(what, { kind: "text", failed: true, line: "E0901: no price", text: "" });
});

test("a server that says nothing shows nothing", () => {
  assert.equal(shown("rfos.price", null), undefined);
  assert.equal(shown("rfos.price", "done"), undefined);
});
