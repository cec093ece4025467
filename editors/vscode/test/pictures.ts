// Draws the payoff panel as it is packaged, in a light and a dark theme, beside a text as the grammar
// colours it: `npm run pictures`, with `rfos` and Chromium at hand. Writes into `docs/guide/`.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { HEADLESS } from "../../chromium.mjs";
import { loadedGrammar, stretches } from "./engine";

type Colours = Readonly<Record<string, string>>;

const ROOT = join(process.cwd(), "..", "..");
const TARGET = "std.strategies.RiskReversal";
const TERMS = ["underlying=BTC", "cash=USD", "low=50_000", "high=80_000", "expiry=2026-12-25"];

const THEMES: Record<"light" | "dark", Colours> = {
  light: {
    "editor-background": "#ffffff",
    foreground: "#3b3b3b",
    descriptionForeground: "#6b6b6b",
    "charts-blue": "#1a66c9",
    "charts-orange": "#c26a00",
    "charts-green": "#2e8b3d",
    "charts-red": "#c93030",
    comment: "#1f7a1f", string: "#a31515", keyword: "#8f08c4", storage: "#0000d0", constant: "#098658",
    entity: "#267f99", support: "#795e26", variable: "#001080", punctuation: "#3b3b3b",
  },
  dark: {
    "editor-background": "#1f1f1f",
    foreground: "#d4d4d4",
    descriptionForeground: "#a0a0a0",
    "charts-blue": "#5aa7f0",
    "charts-orange": "#e0954a",
    "charts-green": "#89d185",
    "charts-red": "#f48771",
    comment: "#6a9955", string: "#ce9178", keyword: "#c586c0", storage: "#569cd6", constant: "#b5cea8",
    entity: "#4ec9b0", support: "#dcdcaa", variable: "#9cdcfe", punctuation: "#d4d4d4",
  },
};

const settings = TERMS.flatMap((term) => ["-s", term]);
const payoff: unknown = JSON.parse(
  execFileSync("rfos", ["payoff", TARGET, "--json", "-m", "examples/market.toml", ...settings], {
    cwd: ROOT,
    encoding: "utf8",
  }),
);

const browser = await chromium.launch(HEADLESS);
await shoot("editors-text.png", 494, await textPage(THEMES.light));
await shoot("editors-payoff-light.png", 460, panelPage(THEMES.light), payoff);
await shoot("editors-payoff-dark.png", 460, panelPage(THEMES.dark), payoff);
await browser.close();

async function shoot(name: string, height: number, html: string, message?: unknown): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 760, height } });
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.setContent(html);
  if (message) {
    await page.evaluate((data) => window.postMessage(data, "*"), message);
    await page.waitForSelector("path.paid");
  }
  await page.screenshot({ path: join(ROOT, "docs", "guide", name) });
  await page.close();
}

function panelPage(colours: Colours): string {
  return `<style>${variables(colours)}${readFileSync("dist/view.css", "utf8")}</style>
<body><div id="stage"><div id="picture"></div><div id="cursor" hidden></div></div><div id="reading"></div>
<script>${readFileSync("dist/view.js", "utf8")}</script></body>`;
}

async function textPage(colours: Colours): Promise<string> {
  const classes = Object.entries(colours).map(([name, colour]) => `.${name}{color:${colour}}`);
  return `<style>${variables(colours)}${classes.join("")}
body{margin:0;background:var(--vscode-editor-background);color:var(--vscode-foreground)}
pre{margin:14px 18px;font:13px/1.5 "DejaVu Sans Mono",monospace}.comment{font-style:italic}</style>
<pre>${await coloured(excerpt())}</pre>`;
}

function variables(colours: Colours): string {
  const set = Object.entries(colours).map(([name, colour]) => `--vscode-${name}:${colour};`);
  return `:root{${set.join("")}--vscode-font-family:"DejaVu Sans",sans-serif}`;
}

function excerpt(): string[] {
  const lines = readFileSync(join(ROOT, "stdlib", "strategies.rfos"), "utf8").split("\n");
  const first = lines.findIndex((line) => line.startsWith("/// Risk reversal"));
  return lines.slice(first, lines.indexOf("}", first) + 1);
}

async function coloured(lines: string[]): Promise<string> {
  const grammar = await loadedGrammar();
  const spans = ([text, scope]: [string, string]) =>
    `<span class="${scope.split(".")[0]}">${text.replace(/[&<]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</span>`;
  return lines.map((line) => stretches(grammar, line).map(spans).join("")).join("\n");
}
