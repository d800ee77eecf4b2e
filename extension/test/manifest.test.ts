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

/** None of these shows a warning at installing. What each is for: */
const PERMISSIONS = {
  storage: "the badge for the page's button; what the session's memory keeps",
  unlimitedStorage: "the records must not be thrown away when the disk gets full",
  alarms: "brings a dead background back and keeps the connection",
  idle: "locks when the computer locks or nobody uses it, with nothing to listen for in the CRM page",
  offscreen: "a service worker can make no worker for the passphrase's Argon2id; Firefox's event page can",
};
const needed = (name: string, browser: string) => name !== "offscreen" || browser !== "firefox";

test.each(BROWSERS)("%s: least permissions, and the CRM page alone in a release", async (browser) => {
  const manifest = await makeManifest(browser, release);
  expect(manifest.permissions).toEqual(Object.keys(PERMISSIONS).filter((name) => needed(name, browser)));
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

test("the print page and the offscreen document load only what lies beside them, and no page can embed them", async () => {
  for (const [file, script] of [
    ["src/sheet/sheet.html", "sheet"],
    ["src/offscreen/offscreen.html", "offscreen"],
  ]) {
    const html = await read(file as string);
    expect(html.match(/<script[^>]*>/g)).toEqual([`<script type="module" src="${script}.js">`]);
    expect(html).not.toMatch(/https?:|<style|style=/);
  }
  const { web_accessible_resources } = await makeManifest("firefox", release);
  expect(JSON.stringify(web_accessible_resources)).not.toMatch(/sheet|offscreen|worker/);
});
