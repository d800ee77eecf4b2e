import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findBrowser } from "./find-browser.mjs";
import { WIDE } from "./sizes.mjs";

/** Firefox with the extension, a profile of its own, and one tab. */
export class Firefox {
  static kind = "Firefox";

  static async launch({ extension, size = WIDE, dark = false, hosts = {}, preferences = {} }) {
    const profile = await mkdtemp(join(tmpdir(), "crmplus-firefox-"));
    const driver = await puppeteer.launch({
      browser: "firefox",
      executablePath: await findBrowser("Firefox"),
      userDataDir: profile,
      headless: true,
      extraPrefsFirefox: {
        "network.dns.localDomains": Object.keys(hosts).join(","),
        "ui.systemUsesDarkTheme": Number(dark),
        "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1,
        ...preferences,
      },
    });
    const browser = new Firefox(driver, profile);
    await driver.installExtension(extension.firefox);
    browser.page = await driver.newPage();
    await browser.resize(size);
    return browser;
  }

  #driver;
  #profile;

  constructor(driver, profile) {
    this.#driver = driver;
    this.#profile = profile;
  }

  async quit() {
    await this.#driver.close();
  }

  async close() {
    await this.quit();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async open(url) {
    await this.page.goto(url);
  }

  async resize({ width, height }) {
    await this.page.setViewport({ width, height });
  }

  /** Into the field of the panel that has the focus. The driver's own keyboard does one character at a time. */
  async paste(text) {
    await this.panelFrame().evaluate((pasted) => document.execCommand("insertText", false, pasted), text);
  }

  button(name) {
    return `aria/${name}[role="button"]`;
  }

  /** Its address is not told to the driver; the CRM page has no other frame. */
  panelFrame() {
    return this.page.frames().find((frame) => frame !== this.page.mainFrame() && !frame.detached);
  }

  async inside(id) {
    const context = this.page.mainFrame().browsingContext;
    const answer = await context.userContext.browser.session.send("script.evaluate", {
      expression: `document.getElementById(${JSON.stringify(id)})`,
      // A sandbox, and so neither seen nor disturbed by the page.
      target: { context: context.id, sandbox: "inside" },
      awaitPromise: false,
      serializationOptions: { includeShadowTree: "all", maxDomDepth: 8 },
    });
    const root = answer.result.result.value?.shadowRoot;
    return (root?.value.children ?? []).map(simple);
  }
}

function simple({ value }) {
  return {
    tag: value.localName,
    attributes: value.attributes ?? {},
    text: value.nodeValue ?? "",
    children: (value.children ?? []).map(simple),
  };
}
