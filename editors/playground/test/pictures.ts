/** Draws the page for the docs, light and dark: `npm run pictures`. */

import { join } from "node:path";

import { opened } from "./browser";

const DOCS = join(process.cwd(), "..", "..", "docs", "guide");
const browser = await opened();
for (const colorScheme of ["light", "dark"] as const) {
  const page = await browser.page({ colorScheme });
  await page.goto(browser.address);
  await page.waitForFunction(() => document.body.dataset.drawn);
  await page.selectOption("#examples", { label: "Risk reversal" });
  await page.waitForFunction(() => document.getElementById("title")!.textContent!.startsWith("RiskReversal"));
  for (const [name, figure] of [["date", "2026-01-01"], ["spot", "65_000"], ["volatility", "55%"], ["rate", "4%"]]) await page.fill(`[name="market.${name}"]`, figure!);
  await page.waitForSelector("#picture path.today");
  await page.locator("#spot").fill("850");
  await page.waitForTimeout(500); // colours fade
  await page.screenshot({ path: join(DOCS, `playground-${colorScheme}.png`) });
  await page.context().close();
}
await browser.close();
