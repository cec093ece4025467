// Bundles the extension and the script of its panel; with `--tests` what is in `test/`, for node.

import { copyFileSync, readdirSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, logLevel: "warning", sourcemap: false };

if (process.argv.includes("--tests")) {
  await build({
    ...common,
    entryPoints: readdirSync("test").map((name) => `test/${name}`),
    outdir: "out",
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    packages: "external",
  });
} else {
  copyFileSync("../../LICENSE", "LICENSE");
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode"],
    minify: true,
  });
  await build({
    ...common,
    entryPoints: ["src/payoff/view.ts", "src/payoff/view.css"],
    outdir: "dist",
    platform: "browser",
    format: "iife",
    target: "es2022",
    minify: true,
  });
}
