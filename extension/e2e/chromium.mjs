import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";
import { findBrowser } from "./find-browser.mjs";
import { WIDE } from "./sizes.mjs";
import { until } from "./wait.mjs";

/** Chromium with the extension, a profile of its own, and one tab. */
export class Chromium {
  static kind = "Chromium";

  static async launch({ extension, size = WIDE, dark = false, hosts = {} }) {
    const profile = await mkdtemp(join(tmpdir(), "crmplus-chromium-"));
    const browser = new Chromium({ extension, size, dark, hosts, profile });
    await browser.#start();
    return browser;
  }

  /** Another browser with a copy of the profile of one that was quit, as a backup or a cloned disk makes it. */
  static async copyOf(other) {
    const profile = await mkdtemp(join(tmpdir(), "crmplus-chromium-"));
    // The links of a browser that runs would make the copy believe that it is that one.
    const filter = (path) => !basename(path).startsWith("Singleton");
    await cp(other.#options.profile, profile, { recursive: true, filter });
    const browser = new Chromium({ ...other.#options, profile });
    await browser.#start();
    return browser;
  }

  #options;
  #context = null;

  constructor(options) {
    this.#options = options;
  }

  async #start() {
    const { extension, size, dark, hosts, profile } = this.#options;
    const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`);
    this.#context = await chromium.launchPersistentContext(profile, {
      executablePath: await findBrowser("Chromium"),
      headless: false,
      viewport: size,
      colorScheme: dark ? "dark" : "light",
      args: [
        // The old headless mode knows no extensions.
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        `--load-extension=${extension.chrome}`,
        `--disable-extensions-except=${extension.chrome}`,
        ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(", ")}`] : []),
      ],
    });
    this.page = this.#context.pages()[0] ?? (await this.#context.newPage());
  }

  /** Ends the browser; its profile stays for `reopen`. */
  async quit() {
    await this.#context?.close();
    this.#context = null;
  }

  async reopen() {
    await this.#start();
  }

  async close() {
    await this.quit();
    await rm(this.#options.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async open(url) {
    await this.page.goto(url);
  }

  async resize(size) {
    await this.page.setViewportSize(size);
  }

  async paste(text) {
    await this.page.keyboard.insertText(text);
  }

  /** Chromium counts the narrow space before "PM" among the plain ones. */
  button(name) {
    return `role=button[name="${name.replaceAll(/\s+/g, " ")}"]`;
  }

  /** The panel's frame in the CRM page, once it is there. */
  panelFrame() {
    return this.page
      .frames()
      .find((frame) => frame.url().startsWith("chrome-extension://") && !frame.isDetached());
  }

  /** Attributes and text inside one of our closed roots, which the page itself cannot see. */
  async inside(id) {
    const session = await this.#context.newCDPSession(this.page);
    try {
      const { root } = await session.send("DOM.getDocument", { depth: -1, pierce: true });
      const host = find(root, (node) => attributes(node).id === id);
      return (host?.shadowRoots?.[0]?.children ?? []).map(simple);
    } finally {
      await session.detach();
    }
  }

  /** Another tab on any address, also one of the extension's own pages. */
  async tab(url) {
    const page = await this.#context.newPage();
    await page.goto(url);
    return page;
  }

  /** One more tab of this browser, to be used like the first. */
  async secondTab() {
    const browser = new Chromium(this.#options);
    browser.#context = this.#context;
    browser.page = await this.#context.newPage();
    return browser;
  }

  /** The next tab or window that opens by itself. */
  nextTab() {
    return this.#context.waitForEvent("page");
  }

  /** The text of the next file that is saved. */
  async nextFile() {
    const download = await this.page.waitForEvent("download");
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
  }

  extensionPage(path) {
    return new URL(path, this.#worker().url()).href;
  }

  /** Ends the service worker, as the browser does after 30 s without work. */
  async endBackground() {
    const browser = await this.#context.browser().newBrowserCDPSession();
    const { targetInfos } = await browser.send("Target.getTargets");
    const worker = targetInfos.find((target) => target.type === "service_worker");
    if (worker === undefined) throw new Error("there is no service worker to end");
    await browser.send("Target.closeTarget", { targetId: worker.targetId });
    await until("the service worker has ended", async () => {
      const now = await browser.send("Target.getTargets");
      return now.targetInfos.every((target) => target.targetId !== worker.targetId);
    });
    await browser.detach();
  }

  #worker() {
    return this.#context.serviceWorkers()[0];
  }
}

function attributes(node) {
  const list = node.attributes ?? [];
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]]] : [])));
}

function simple(node) {
  return {
    tag: node.localName,
    attributes: attributes(node),
    text: node.nodeType === 3 ? node.nodeValue : "",
    children: (node.children ?? []).map(simple),
  };
}

function find(node, wanted) {
  if (wanted(node)) return node;
  for (const child of [...(node.children ?? []), ...(node.shadowRoots ?? [])]) {
    const found = find(child, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
