// npm run e2e            all files
// npm run e2e -- tap     those with "tap" in their name
import { readdir } from "node:fs/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { findBrowser } from "./find-browser.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const wanted = process.argv.slice(2);
const files = (await readdir(here))
  .filter(
    (file) =>
      file.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((part) => file.includes(part))),
  )
  .map((file) => here + file);

try {
  if (files.length === 0) throw new Error(`no test file has ${wanted.join(" or ")} in its name`);
  await Promise.all(["Chromium", "Firefox"].map(findBrowser));
} catch (error) {
  process.stderr.write(`end-to-end tests: ${error.message}\n`);
  process.exit(1);
}

// One file at a time: two browsers and an office keep a small machine busy.
const tests = run({ files, concurrency: 1 });
tests.on("test:fail", () => {
  process.exitCode = 1;
});
tests.compose(spec).pipe(process.stdout);
