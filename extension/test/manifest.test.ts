import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { extensionPagesPolicy } from "../build/csp.mjs";
import { BROWSERS, makeManifest, merge } from "../build/manifest.mjs";

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), "utf8");
const release = { release: true, version: "1.2.3" };

test("the policy of a release is exactly this", () => {
  expect(extensionPagesPolicy({ devHosts: false })).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
      "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'none'; " +
      "frame-ancestors 'self' https://app.mtncarerx.com:* http://app.mtncarerx.com:*",
  );
});

test("a development build adds the stand-in page's hosts and nothing else", () => {
  const added = extensionPagesPolicy({ devHosts: true }).replace(
    extensionPagesPolicy({ devHosts: false }),
    "",
  );
  expect(added).toBe(" http://localhost:* http://127.0.0.1:*");
});

test.each(BROWSERS)("%s: least permissions, and the CRM page alone in a release", async (browser) => {
  const manifest = await makeManifest(browser, release);
  expect(manifest.permissions).toEqual(["storage", "unlimitedStorage", "alarms"]);
  for (const key of ["host_permissions", "optional_permissions", "externally_connectable", "update_url"]) {
    expect(manifest).not.toHaveProperty(key);
  }
  expect(manifest.content_scripts).toHaveLength(1);
  expect(manifest.content_scripts[0].matches).toEqual(["*://app.mtncarerx.com/*"]);
  expect(manifest.web_accessible_resources).toEqual([
    {
      resources: ["panel.html"],
      matches: ["*://app.mtncarerx.com/*"],
      ...(browser === "firefox" ? {} : { use_dynamic_url: true }),
    },
  ]);
  expect(manifest.version).toBe("1.2.3");
});

test.each(BROWSERS)("%s: a development build also runs on the stand-in page", async (browser) => {
  const manifest = await makeManifest(browser, { ...release, release: false });
  const matches = ["*://app.mtncarerx.com/*", "http://localhost/*", "http://127.0.0.1/*"];
  expect(manifest.content_scripts[0].matches).toEqual(matches);
  expect(manifest.web_accessible_resources[0].matches).toEqual(matches);
});

test("each browser gets its own kind of background", async () => {
  const [chrome, edge, firefox] = await Promise.all(
    ["chrome", "edge", "firefox"].map((b) => makeManifest(b, release)),
  );
  expect(chrome.background).toEqual({ service_worker: "background.js", type: "module" });
  expect(edge.background).toEqual(chrome.background);
  expect(firefox.background).toEqual({ scripts: ["background.js"], type: "module" });
  expect(firefox.browser_specific_settings.gecko.id).toBe("chat@crmplus.local");
  expect(chrome).not.toHaveProperty("browser_specific_settings");
});

test("the written Chromium id belongs to the key in the manifest", async () => {
  const { key } = await makeManifest("chrome", release);
  const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("hex").slice(0, 32);
  const id = Array.from(digest, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join("");
  expect((await read("manifest/chromium-id.txt")).trim()).toBe(id);
});

test("parts are merged key by key, lists of objects entry by entry", () => {
  expect(
    merge({ a: { x: 1 }, l: [{ p: 1 }], s: ["old"] }, { a: { y: 2 }, l: [{ q: 2 }], s: ["new"] }),
  ).toEqual({
    a: { x: 1, y: 2 },
    l: [{ p: 1, q: 2 }],
    s: ["new"],
  });
});

test("the lock file names no download addresses", async () => {
  expect(await read("package-lock.json")).not.toMatch(/"resolved"|https?:\/\/registry/);
});

test("the panel page loads only what lies beside it", async () => {
  const html = await read("src/panel/panel.html");
  expect(html).not.toMatch(/https?:|<style|style=|<script(?![^>]*src="panel\.js")/);
});
