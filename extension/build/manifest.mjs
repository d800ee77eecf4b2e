import { readFile } from "node:fs/promises";
import { extensionPagesPolicy } from "./csp.mjs";

/** Which manifest parts make which browser's manifest, later ones winning. */
const PARTS = {
  chrome: ["base", "chromium"],
  edge: ["base", "chromium", "edge"],
  firefox: ["base", "firefox"],
};

export const BROWSERS = Object.keys(PARTS);

/** Where the stand-in page of `cargo dev up` is served. Release builds know the CRM alone. */
const DEV_HOSTS = ["http://localhost/*", "http://127.0.0.1/*"];

/** The manifest of one browser, as an object. */
export async function makeManifest(browser, { release, version }) {
  const parts = await Promise.all(PARTS[browser].map(readPart));
  const manifest = parts.reduce(merge);
  manifest.version = version;
  manifest.content_security_policy = { extension_pages: extensionPagesPolicy({ devHosts: !release }) };
  if (!release) {
    for (const entry of [...manifest.content_scripts, ...manifest.web_accessible_resources]) {
      entry.matches = [...entry.matches, ...DEV_HOSTS];
    }
  }
  return manifest;
}

async function readPart(name) {
  return JSON.parse(await readFile(new URL(`../manifest/${name}.json`, import.meta.url), "utf8"));
}

/** Objects are merged key by key, lists of objects entry by entry; anything else is replaced. */
export function merge(base, over) {
  if (Array.isArray(base) && Array.isArray(over) && over.every(isObject)) {
    return base
      .map((entry, i) => (i < over.length ? merge(entry, over[i]) : entry))
      .concat(over.slice(base.length));
  }
  if (!isObject(base) || !isObject(over)) return over;
  const merged = { ...base };
  for (const [key, value] of Object.entries(over))
    merged[key] = key in base ? merge(base[key], value) : value;
  return merged;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
