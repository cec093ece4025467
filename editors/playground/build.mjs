// Bundles the page into `dist/`, with Python and the compiler beside it; with `--tests` what is in
// `test/`, for node.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, logLevel: "warning", format: "esm", target: "es2022" };
const PYTHON = ["pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip"];

if (process.argv.includes("--tests")) {
  await build({
    ...common,
    entryPoints: readdirSync("test").map((name) => `test/${name}`),
    outdir: "out",
    platform: "node",
    outExtension: { ".js": ".mjs" },
    packages: "external",
  });
} else {
  mkdirSync("dist/python", { recursive: true });
  copyFileSync("src/index.html", "dist/index.html");
  for (const each of PYTHON) copyFileSync(`node_modules/pyodide/${each}`, `dist/python/${each}`);
  const packed = ["--exclude=__pycache__", "-C", "../..", "rfos_lang", "stdlib"];
  execFileSync("tar", ["-czf", "dist/python/rfos.tar.gz", ...packed]);
  const env = { ...process.env, PYTHONPATH: "../.." };
  writeFileSync("dist/examples.json", execFileSync("python3", ["python/examples.py"], { env }));
  await build({
    ...common,
    entryPoints: ["src/page.ts", "src/page.css", "src/worker.ts"],
    outdir: "dist",
    platform: "browser",
    minify: true,
    loader: { ".py": "text" },
    external: ["node:*", "./pyodide.asm.mjs"],
  });
}
