/**
 * Measures in real browsers and, by CPU time, in Node itself. Prints one JSON object a line; `cargo dev bench core` starts it and draws the table.
 *
 *   NODE                1 to measure in Node
 *   CHROMIUM, FIREFOX   programs of the browsers; one that is not named is not run
 *   CORE                the JavaScript package of the core, as the extension gets it
 *   OFFICE              the JavaScript package of bench-office
 */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";

const { values } = parseArgs({ options: { devices: { type: "string" }, rounds: { type: "string" } } });
const { NODE, CHROMIUM, FIREFOX, CORE, OFFICE } = process.env;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const STRETCH_WORKER = here("../../../extension/src/core/stretch-worker.ts");
const require = createRequire(import.meta.url);
const matrix = dirname(require.resolve("@matrix-org/matrix-sdk-crypto-wasm"));

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

// Not in the system's folder: what is bundled for Node finds its packages from here.
const out = await mkdtemp(here("node_modules/.core-bench-"));
try {
  await bundle();
  if (NODE) await inNode();
  if (CHROMIUM) await measure("Chromium", inChromium);
  if (FIREFOX) await measure("Firefox", inFirefox);
} catch (error) {
  process.stderr.write(`core-bench: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(out, { recursive: true, force: true });
}

async function bundle() {
  const shared = {
    outdir: out,
    bundle: true,
    minify: true,
    format: "esm",
    alias: {
      "product-core": join(CORE, "extension_core.js"),
      "bench-office": join(OFFICE, "bench_office.js"),
    },
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
  };
  await esbuild.build({
    ...shared,
    entryPoints: {
      main: here("page/main.js"),
      worker: here("page/worker.js"),
      "stretch-worker": STRETCH_WORKER,
    },
    target: ["chrome120", "firefox142"],
  });
  await esbuild.build({
    ...shared,
    entryPoints: { node: here("page/node.js") },
    outExtension: { ".js": ".mjs" },
    platform: "node",
    target: "node20",
    external: ["@matrix-org/matrix-sdk-crypto-wasm", "libsodium-wrappers"],
  });
}

async function inNode() {
  const { measureHere } = await import(join(out, "node.mjs"));
  const sizes = values.devices.split(",").map(Number);
  const version = process.versions.node;
  const work = { sizes, rounds: Number(values.rounds), core: CORE, office: OFFICE };
  await measureHere(work, (line) => {
    process.stdout.write(`${JSON.stringify({ place: "Node", version, ...line })}\n`);
  });
}

/** Opens the page in a browser and prints what it says until it is done. */
async function measure(place, launch) {
  let end = null;
  const over = new Promise((resolve, reject) => {
    end = { resolve, reject };
  });
  let version = "";
  const server = createServer((request, response) => {
    answer(request, response, (line) => {
      if (line.failed !== undefined) end.reject(new Error(`${place}: ${line.failed}`));
      else if (line.finished) end.resolve();
      else process.stdout.write(`${JSON.stringify({ place, version, ...line })}\n`);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  const profile = await mkdtemp(join(tmpdir(), "core-bench-profile-"));
  const browser = await launch(profile);
  try {
    version = browser.version;
    await browser.open(`${address}/?devices=${values.devices}&rounds=${values.rounds}`);
    await over;
  } finally {
    await browser.close();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function inChromium(profile) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    version: context.browser()?.version() ?? "",
    open: (url) => page.goto(url),
    close: () => context.close(),
  };
}

async function inFirefox(profile) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: FIREFOX,
    userDataDir: profile,
    headless: true,
  });
  const page = await browser.newPage();
  return {
    version: (await browser.version()).replace(/^firefox\//i, ""),
    open: (url) => page.goto(url),
    close: () => browser.close(),
  };
}

/** The page, its WebAssembly, and the product's files. Isolated, or the browsers' clocks would be coarser still. */
async function answer(request, response, told) {
  const { pathname } = new URL(request.url, "http://localhost");
  if (request.method === "POST") {
    let body = "";
    for await (const part of request) body += part;
    response.writeHead(204).end();
    told(JSON.parse(body));
    return;
  }
  try {
    const file = fileOf(pathname);
    const content = await readFile(file);
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

function fileOf(pathname) {
  switch (pathname) {
    case "/":
      return here("page/index.html");
    case "/main.js":
    case "/worker.js":
      return join(out, pathname);
    case "/product/stretch-worker.js":
      return join(out, "stretch-worker.js");
    case "/product/extension_core_bg.wasm":
      return join(CORE, "extension_core_bg.wasm");
    case "/bench_office_bg.wasm":
      return join(OFFICE, "bench_office_bg.wasm");
    case "/matrix_sdk_crypto_wasm_bg.wasm":
      return join(matrix, "pkg/matrix_sdk_crypto_wasm_bg.wasm");
    default:
      throw new Error("not served");
  }
}
