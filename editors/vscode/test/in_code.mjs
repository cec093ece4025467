// The extension in Visual Studio Code itself, as a browser shows it: lenses, problems, hover, payoff. Writes pictures
// into `docs/guide/`. It wants a server of VS Code for browsers (code-server, say) that has the extension installed and
// the folder open, with `call.rfos`, `mistaken.rfos` and a market in its settings:
//
//     node test/in_code.mjs 'http://127.0.0.1:8931/?folder=/tmp/work'

import { join } from "node:path";
import { chromium } from "playwright-core";
import { HEADLESS } from "../../chromium.mjs";

const WAIT = { timeout: 90_000 };
const GUIDE = join(process.cwd(), "..", "..", "docs", "guide");

const browser = await chromium.launch(HEADLESS);
const page = await browser.newPage({ viewport: { width: 1280, height: 760 } });
const file = (name) => page.locator(`.explorer-folders-view .monaco-list-row:has-text("${name}")`);
const taken = (name) => page.screenshot({ path: join(GUIDE, `editors-code-${name}.png`) });

await page.goto(process.argv[2], { waitUntil: "domcontentloaded" });
await file("mistaken.rfos").dblclick(WAIT);
await page.waitForSelector(".squiggly-error", WAIT);
await page.keyboard.press("Control+Shift+M");
await page.waitForSelector(".markers-panel .monaco-list-row", WAIT);

await file("call.rfos").dblclick(WAIT);
const payoff = page.locator('.codelens-decoration a:has-text("Payoff")').first();
await payoff.waitFor(WAIT);
const told = page.locator(".monaco-hover-content:has-text('delta')");
for (let tries = 0; tries < 15 && (await told.count()) === 0; tries++) {
  await page.mouse.move(900, 700);
  await page.waitForTimeout(700);
  await page.locator('.view-line span:text-is("Call")').first().hover(WAIT);
  await page.waitForTimeout(1_800);
}
await told.first().waitFor({ timeout: 1_000 });
await taken("hover");

await page.mouse.move(900, 700);
await payoff.click(WAIT);
const panel = page.frameLocator("iframe.webview").frameLocator("iframe");
await panel.locator("svg").first().waitFor(WAIT);
await page.waitForTimeout(1_500);
await taken("payoff");
await browser.close();
console.log("lenses, problems, hover with a value, payoff");
