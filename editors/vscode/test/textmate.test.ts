/** Every text of the project through the engine that VS Code colours with: no word without a scope. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { loadedGrammar, stretches } from "./engine";

const ROOT = join(process.cwd(), "..", "..");
const FOLDERS = ["stdlib", "examples", join("tests", "accept")];

const grammar = await loadedGrammar();

/** The words of a text with their innermost scopes. */
function words(text: string): [string, string][] {
  const lines = text.split("\n");
  return lines.flatMap((line) => stretches(grammar, line)).filter(([word]) => word.trim() !== "");
}

for (const folder of FOLDERS) {
  for (const name of readdirSync(join(ROOT, folder), { recursive: true }) as string[]) {
    if (!name.endsWith(".rfos")) continue;
    test(`${join(folder, name)} has no word without a scope`, () => {
      const found = words(readFileSync(join(ROOT, folder, name), "utf8"));
      assert.ok(found.length > 0);
      const unknown = found.filter(([, scope]) => scope === "source.rfos" || scope.startsWith("invalid"));
      assert.deepEqual(unknown, []);
    });
  }
}

test("the words of a line have the scopes that themes colour", () => {
  assert.deepEqual(words("writer pays holder 3 USD/BTC * spot(x) // paid"), [
    ["writer", "variable.other.rfos"],
    ["pays", "keyword.control.rfos"],
    ["holder", "variable.other.rfos"],
    ["3", "constant.numeric.rfos"],
    ["USD/BTC", "keyword.other.unit.rfos"],
    ["*", "keyword.operator.rfos"],
    ["spot", "support.function.rfos"],
    ["(", "punctuation.rfos"],
    ["x", "variable.other.rfos"],
    [")", "punctuation.rfos"],
    ["// paid", "comment.line.double-slash.rfos"],
  ]);
});
