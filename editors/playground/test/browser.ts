/** The built page in a Chromium without a screen. */

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { HEADLESS } from "../../chromium.mjs";
import { served } from "../server.mjs";

/** So long the compiler may take to be there, on a machine that does other things. */
export const PATIENCE = 120_000;

export interface Opened {
  readonly address: string;
  page(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

export async function opened(): Promise<Opened> {
  const server = await served("dist", 0);
  const { port } = server.address() as { port: number };
  const browser: Browser = await chromium.launch(HEADLESS);
  const address = `http://localhost:${port}/`;
  return {
    address,
    async page(options) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      page.on("pageerror", (error) => {
        throw error;
      });
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** Waits until the page has drawn what it holds now. */
export async function drawn(page: Page, before = "0"): Promise<void> {
  await page.waitForFunction((last) => Number(document.body.dataset.drawn ?? 0) > Number(last), before);
}
