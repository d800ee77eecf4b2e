/**
 * Makes dist/{chrome,edge,firefox}: bundles, merged manifest, WASM core, static files.
 *
 *   node build.mjs             development: also runs on the stand-in page at localhost
 *   node build.mjs --release   the CRM page alone
 */
import { access, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { BROWSERS, makeManifest } from "./build/manifest.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const release = process.argv.includes("--release");
const unknown = process.argv.slice(2).find((argument) => argument !== "--release");
if (unknown !== undefined) fail(`build.mjs does not know "${unknown}"; the only option is --release`, 2);

const core = here(process.env.CHAT_TEST_CORE ?? "src/core/pkg");
for (const file of ["extension_core.js", "extension_core_bg.wasm"]) {
  await access(`${core}/${file}`).catch(() =>
    fail(
      `the WASM core is not built yet (${file} is missing); \`cargo dev up\` builds it, then run this again`,
    ),
  );
}

const { version } = JSON.parse(await readFile(here("package.json"), "utf8"));
await Promise.all(BROWSERS.map(build));

async function build(browser) {
  const out = here(`dist/${browser}`);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const shared = {
    bundle: true,
    minify: true,
    outdir: out,
    legalComments: "none",
    target: browser === "firefox" ? "firefox142" : "chrome120",
    define: { __DEV_HOSTS__: String(!release), __EVENT_PAGE__: String(browser === "firefox") },
    plugins: [coreFrom(core)],
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  };
  await Promise.all([
    esbuild.build({ ...shared, format: "esm", entryPoints: { background: here("src/background/index.ts") } }),
    esbuild.build({ ...shared, format: "esm", entryPoints: { panel: here("src/panel/index.tsx") } }),
    esbuild.build({ ...shared, format: "esm", entryPoints: { sheet: here("src/sheet/index.tsx") } }),
    esbuild.build({
      ...shared,
      format: "esm",
      entryPoints: { "stretch-worker": here("src/core/stretch-worker.ts") },
    }),
    esbuild.build({ ...shared, format: "esm", entryPoints: { panel: here("src/panel/panel.css") } }),
    esbuild.build({ ...shared, format: "esm", entryPoints: { sheet: here("src/sheet/sheet.css") } }),
    ...(browser === "firefox" ? [] : offscreen(shared, out)),
    esbuild.build({ ...shared, format: "iife", entryPoints: { content: here("src/content/index.ts") } }),
    cp(here("assets"), out, { recursive: true }),
    cp(here("src/panel/panel.html"), `${out}/panel.html`),
    cp(here("src/sheet/sheet.html"), `${out}/sheet.html`),
    cp(`${core}/extension_core_bg.wasm`, `${out}/extension_core_bg.wasm`),
    makeManifest(browser, { release, version }).then((manifest) =>
      writeFile(`${out}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`),
    ),
  ]);
}

/** A service worker cannot make workers; Firefox's event page can and needs no document for it. */
function offscreen(shared, out) {
  return [
    esbuild.build({
      ...shared,
      format: "esm",
      entryPoints: { offscreen: here("src/offscreen/index.ts") },
    }),
    cp(here("src/offscreen/offscreen.html"), `${out}/offscreen.html`),
  ];
}

/** The generated package; unit and browser tests may put a stand-in there through CHAT_TEST_CORE. */
function coreFrom(folder) {
  return {
    name: "core",
    setup: (build) => {
      build.onResolve({ filter: /\/pkg\/extension_core\.js$/ }, () => ({
        path: `${folder}/extension_core.js`,
      }));
    },
  };
}

function fail(sentence, code = 1) {
  process.stderr.write(`extension build: ${sentence}\n`);
  process.exit(code);
}
