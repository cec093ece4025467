/** The page against the commands: what it draws, says, mends and lays out. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";

import { opened, PATIENCE, type Opened } from "./browser";

interface Example {
  readonly title: string;
  readonly target: string;
  readonly text: string;
  readonly settings: Readonly<Record<string, string>>;
}

const examples: Example[] = JSON.parse(readFileSync("dist/examples.json", "utf8"));

function rfos(given: readonly string[], input?: string): string {
  return execFileSync("rfos", given, { encoding: "utf8", cwd: "../..", input });
}

let browser: Opened;
let page: Page;

before(async () => {
  browser = await opened();
  page = await browser.page();
  await page.addInitScript(() => {
    window.addEventListener("drawn", (event) => Object.assign(window, { payoff: (event as CustomEvent).detail }));
  });
  await page.goto(browser.address);
  await page.waitForFunction(() => "payoff" in window, undefined, { timeout: PATIENCE });
});
after(() => browser.close());

/** What is drawn once something was done. */
async function payoffAfter(done: () => Promise<unknown>): Promise<{ contract: string; paid: unknown; levels: unknown }> {
  await page.evaluate(() => delete (window as { payoff?: unknown }).payoff);
  await done();
  await page.waitForFunction(() => "payoff" in window);
  return page.evaluate(() => (window as unknown as { payoff: never }).payoff);
}

async function write(text: string): Promise<void> {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

const text = () => page.evaluate(() => (document.querySelector(".cm-content") as unknown as { cmTile: { view: { state: { doc: object } } } }).cmTile.view.state.doc.toString());

test("each example is drawn, point for point as the compiler reads the contract", async () => {
  for (const [at, { target, settings }] of examples.entries()) {
    const other = String((at + 1) % examples.length);
    if (at === 0) await payoffAfter(() => page.selectOption("#examples", other));
    const drawn = await payoffAfter(() => page.selectOption("#examples", String(at)));
    const terms = Object.entries(settings).flatMap(([name, value]) => ["-s", `${name}=${value}`]);
    const told = JSON.parse(rfos(["payoff", target, "--json", ...terms]));
    assert.equal(drawn.contract, told.contract);
    assert.deepEqual(drawn.paid, told.paid, target);
    assert.deepEqual(drawn.levels, told.levels);
  }
});

test("another term is another picture, and one that is wrong is told at its field", async () => {
  await payoffAfter(() => page.selectOption("#examples", "0"));
  const drawn = await payoffAfter(() => page.fill("[name=strike]", "70_000"));
  assert.deepEqual(drawn.levels, { strike: 70_000 });
  await page.fill("[name=strike]", "many");
  await page.waitForSelector(".fields .wrong [name=strike]");
  await payoffAfter(() => page.fill("[name=strike]", "65_000"));
  assert.equal(await page.locator(".fields .wrong").count(), 0);
});

test("the slider executes the contract at its price", async () => {
  await payoffAfter(() => page.fill("[name=strike]", "60_000"));
  await page.locator("#spot").fill("1000");
  assert.equal(await page.locator("#price").textContent(), "90,000 USD");
  assert.equal(await page.locator("#amount").textContent(), "+30,000 USD");
});

const MARKET = { date: "2026-01-01", spot: "65_000", volatility: "55%", rate: "4%" };
const MARKET_FILE = `as_of = 2026-01-01
spots."spot(BTC, USD)" = 65_000
volatilities."spot(BTC, USD)" = "55%"
rates.USD = "4%"
`;

/** What is drawn once the market has these figures, one after the other. */
async function quoted(figures: Readonly<Record<string, string>>): Promise<unknown> {
  let drawn: unknown;
  for (const [name, figure] of Object.entries(figures)) drawn = await payoffAfter(() => page.fill(`[name="market.${name}"]`, figure));
  return drawn;
}

test("in a market a contract has the value and the Greeks that the commands tell", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "rfos-")), "market.toml");
  writeFileSync(file, MARKET_FILE);
  for (const at of [0, examples.findIndex((each) => each.target.endsWith(".DownAndOutPut"))]) {
    const { target, settings } = examples[at]!;
    await payoffAfter(() => page.selectOption("#examples", String(at === 0 ? 1 : 0)));
    await payoffAfter(() => page.selectOption("#examples", String(at)));
    const drawn = (await quoted(MARKET)) as Record<"paid" | "today" | "spot", unknown>;
    const terms = Object.entries(settings).flatMap(([name, value]) => ["-s", `${name}=${value}`]);
    const told = JSON.parse(rfos(["payoff", target, "--json", "-m", file, ...terms]));
    assert.equal(drawn.spot, told.spot);
    assert.deepEqual(drawn.paid, told.paid, target);
    nearly(drawn.today, told.today);
    const said = rfos(["greeks", target, "-m", file, ...terms]);
    for (const words of await page.locator("#worth dd, #greeks dd").allTextContents()) assert.ok(said.includes(words), words);
    assert.match((await page.locator("#worth").textContent())!, /value[\d,.]+ USD/);
    assert.ok((await page.locator("#greeks dt").count()) >= 6);
  }
});

/** Two curves whose figures differ by what two mathematical libraries may differ by. */
function nearly(found: unknown, told: unknown): void {
  const [left, right] = [found, told] as Record<"prices" | "amounts", number[]>[];
  assert.deepEqual(left!.prices, right!.prices);
  left!.amounts.forEach((each, at) => assert.ok(Math.abs(each - right!.amounts[at]!) <= 1e-9 * Math.max(1, Math.abs(each)), String(at)));
}

test("a figure of the market that is wrong is told at its field, and what has no closed form says so", async () => {
  await page.fill('[name="market.volatility"]', "much");
  await page.waitForSelector('.fields .wrong [name="market.volatility"]');
  await quoted({ volatility: "55%" });
  assert.equal(await page.locator(".fields .wrong").count(), 0);
  await payoffAfter(() => page.selectOption("#examples", String(examples.findIndex((each) => each.target.endsWith(".AsianCall")))));
  assert.match((await page.locator("#unvalued").textContent())!, /no closed form/);
  await quoted({ volatility: "", rate: "", spot: "" });
  assert.ok(await page.locator("#value").isHidden());
  await payoffAfter(() => page.selectOption("#examples", "0"));
});

test("a mistake has its code and its place, and its mend puts it right", async () => {
  const sound = examples[0]!.text;
  await write(sound.replace("writer pays", "writr pays"));
  await page.waitForSelector(".problem");
  assert.equal(await page.locator(".problem .code").textContent(), "E0301");
  assert.match((await page.locator(".problem pre").textContent())!, /at expiry \{ writr pays[^\n]*\n[^\n]* \^{5}\n/);
  assert.equal(await page.locator(".cm-lintRange-error").textContent(), "writr");
  assert.equal(await page.locator("#state").textContent(), "1 error");
  await payoffAfter(() => page.click(".problem .fix"));
  assert.equal(await text(), sound);
  assert.equal(await page.locator(".problem").count(), 0);
});

test("a key makes the mend, too", async () => {
  const sound = examples[0]!.text;
  await write(sound.replace("writer pays", "writr pays"));
  await page.waitForSelector(".problem");
  await payoffAfter(() => page.keyboard.press("Control+."));
  assert.equal(await text(), sound);
});

test("the text is laid out as by the command", async () => {
  const crooked = examples[0]!.text.replace(/^ {4}/gm, "  ").replace("size * max", "size*max");
  await write(crooked);
  await page.keyboard.press("Shift+Alt+F");
  const expected = rfos(["fmt", "-"], crooked);
  assert.notEqual(expected, crooked);
  await page.waitForFunction(
    (wanted) => (document.querySelector(".cm-content") as unknown as { cmTile: { view: { state: { doc: object } } } }).cmTile.view.state.doc.toString() === wanted,
    expected,
  );
});

test("words are explained and completed", async () => {
  await payoffAfter(() => page.selectOption("#examples", "1"));
  await payoffAfter(() => page.selectOption("#examples", "0"));
  await page.locator(".cm-line", { hasText: "let S" }).getByText("spot", { exact: true }).hover();
  await page.waitForSelector(".cm-tooltip-hover .told");
  await page.mouse.move(2, 2);
  await page.locator(".cm-line", { hasText: "at expiry {" }).click();
  await page.keyboard.press("End");
  await page.keyboard.type("\nwriter pa");
  await page.waitForSelector(".cm-tooltip-autocomplete li");
  assert.match((await page.locator(".cm-tooltip-autocomplete").textContent())!, /pays/);
  await page.keyboard.press("Escape");
});

test("words have the colours of what they are", async () => {
  await payoffAfter(() => page.selectOption("#examples", "1"));
  await payoffAfter(() => page.selectOption("#examples", "0"));
  const colour = (words: string) =>
    page.locator(".cm-line span", { hasText: new RegExp(`^${words}$`) }).first().evaluate((span) => getComputedStyle(span).color);
  const [keyword, declared, type] = [await colour("contract"), await colour("EuropeanCall"), await colour("Date")];
  assert.equal(new Set([keyword, declared, type]).size, 3);
  assert.equal(await colour("between"), keyword);
});

test("an address holds the text and the terms", async () => {
  await payoffAfter(() => page.fill("[name=strike]", "72_500"));
  await quoted({ spot: "71_000" });
  await page.click("#share");
  await page.waitForFunction(() => location.hash.length > 100);
  const other = await browser.page();
  await other.goto(page.url());
  await other.waitForFunction(() => document.body.dataset.drawn);
  assert.equal(await other.inputValue("[name=strike]"), "72_500");
  assert.equal(await other.inputValue('[name="market.spot"]'), "71_000");
  await other.context().close();
});

test("a phone has it all below each other, with nothing wider than itself", async () => {
  const phone = await browser.page({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await phone.goto(browser.address);
  await phone.waitForFunction(() => document.body.dataset.drawn);
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await phone.context().close();
});
