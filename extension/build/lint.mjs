/**
 * Mozilla's linter over the built extensions: Firefox as it is, Edge as far as the rules are not Firefox's own.
 *
 *   node build/lint.mjs      after node build.mjs
 */
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import webExt from "web-ext";

/** Findings that are known and right, each with its reason. */
const ACCEPTED = {
  firefox: {
    UNSAFE_VAR_ASSIGNMENT:
      "inside Preact, for a property that biome forbids us to use (noDangerouslySetInnerHtml)",
  },
  edge: {
    UNSAFE_VAR_ASSIGNMENT: "as in Firefox",
    MANIFEST_PERMISSIONS: "offscreen: Chromium alone, and in its manifests alone",
    UNSUPPORTED_API: "chrome.offscreen, which the Firefox build does not hold",
    ADDON_ID_REQUIRED: "Firefox alone; Chromium's id comes from the key",
    BACKGROUND_SERVICE_WORKER_NOFALLBACK: "Firefox alone; there is a manifest of its own for it",
    MISSING_DATA_COLLECTION_PERMISSIONS: "Firefox alone",
  },
};

for (const [browser, accepted] of Object.entries(ACCEPTED)) {
  const sourceDir = fileURLToPath(new URL(`../dist/${browser}`, import.meta.url));
  await access(sourceDir).catch(() => {
    process.stderr.write(`extension lint: dist/${browser} is missing; run \`npm run build\` first\n`);
    process.exit(1);
  });
  const findings = await lint(sourceDir);
  const open = findings.filter((finding) => !(finding.code in accepted));
  for (const { code, message, file, line } of open) {
    process.stderr.write(`dist/${browser}/${file ?? "manifest.json"}:${line ?? 1} ${code} ${message}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(
    `dist/${browser}: ${open.length} findings, ${findings.length - open.length} accepted\n`,
  );
}

async function lint(sourceDir) {
  const write = console.log;
  // The linter prints its report although it also returns it.
  console.log = () => undefined;
  try {
    const report = await webExt.cmd.lint(
      { sourceDir, output: "json", boring: true },
      { shouldExitProgram: false },
    );
    return [...report.errors, ...report.warnings];
  } finally {
    console.log = write;
  }
}
