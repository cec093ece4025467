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
  await page.locator("#spot").fill("850");
  await page.waitForTimeout(500); // colours fade
  await page.screenshot({ path: join(DOCS, `playground-${colorScheme}.png`) });
  await page.context().close();
}
await browser.close();
