import { readPanel } from "./panel-view.mjs";
import { until } from "./wait.mjs";

/** Longer than the panel distrusts clicks after it came into sight. */
const SETTLED_MS = 600;
const HOSTS = ["crm-chat-button", "crm-chat-launcher"];

/** What anybody can do with a panel: open it, click, type, read. */
export class AtPanel {
  constructor(browser, name) {
    this.browser = browser;
    this.name = name;
  }

  /** The chat button as it can be seen in the CRM page now; `null` while there is none. */
  async button() {
    const shown = await this.browser.page.evaluate(findShown, HOSTS);
    if (shown.length !== 1) return null;
    const [button] = await this.browser.inside(shown[0].id);
    const badge = button?.children.find((child) => child.tag === "span");
    return {
      ...shown[0],
      place: shown[0].id === HOSTS[0] ? "header" : "floating",
      label: button?.attributes["aria-label"],
      open: button?.attributes["aria-expanded"] === "true",
      badge:
        badge === undefined || "hidden" in badge.attributes ? "" : badge.children.map((c) => c.text).join(""),
    };
  }

  /** Exactly one button is to be seen, and it stands still. */
  buttonReady(wanted = () => true) {
    let before = null;
    const still = async () => {
      const button = await this.button();
      const same = button !== null && before !== null && button.x === before.x && button.y === before.y;
      before = button;
      return same && button.label !== undefined && wanted(button) ? button : null;
    };
    return until(`${this.name}'s chat button`, still, { seen: () => this.button() });
  }

  async clickButton() {
    const { x, y, width, height } = await this.buttonReady();
    await this.browser.page.mouse.click(x + width / 2, y + height / 2);
  }

  /** The panel can be seen in the CRM page. */
  isOpen() {
    return this.browser.page.evaluate(() => {
      const panel = document.getElementById("crm-chat-panel");
      return panel !== null && getComputedStyle(panel).visibility === "visible";
    });
  }

  async openPanel() {
    if (!(await this.isOpen())) await this.clickButton();
    await this.sees("the panel", (view) => view.heading !== null);
    await this.#settled();
  }

  /** As a person does who is done: Escape. */
  async closePanel() {
    await this.browser.page.keyboard.press("Escape");
    await until(`${this.name}'s panel closed`, async () => !(await this.isOpen()));
  }

  /** Opens the CRM page and the panel in it. */
  async openChat(url) {
    await this.browser.open(url);
    await this.openPanel();
  }

  /** Pastes over whatever stands in the fields, and presses the button. */
  async fillIn(values, button) {
    for (const [id, value] of Object.entries(values)) {
      await this.clickIn(`#${id}`);
      await this.browser.panelFrame().evaluate((field) => document.getElementById(field).select(), id);
      await this.browser.paste(value);
    }
    await this.press(button);
  }

  /** What stands in the panel. */
  view() {
    return this.browser.panelFrame()?.evaluate(readPanel) ?? null;
  }

  sees(what, check, options) {
    return until(
      `${this.name} sees ${what}`,
      async () => {
        const view = await this.view();
        return view !== null && check(view) ? view : null;
      },
      { seen: () => this.view(), ...options },
    );
  }

  async write(text) {
    await this.clickIn("#composer");
    await this.browser.page.keyboard.type(text);
  }

  /** Types over what stands in the field with this label. */
  async type(label, text) {
    const field = await this.field(label);
    await field.click();
    await field.evaluate((node) => node.select());
    await this.browser.paste(text);
  }

  /** Picks one of a list by its words. What pops up belongs to the system, where no driver can click. */
  async choose(label, words) {
    const field = await this.field(label);
    await field.evaluate((node, wanted) => {
      const option = [...node.options].find((one) => one.textContent === wanted && !one.disabled);
      if (option === undefined) throw new Error(`there is no "${wanted}" to choose`);
      node.value = option.value;
      node.dispatchEvent(new Event("change", { bubbles: true }));
    }, words);
  }

  /** Ticks a box, or picks one of several, by its label. */
  async tick(label) {
    await (await this.field(label)).click();
  }

  /** Gives a file to the field with this label. */
  async chooseFile(label, path) {
    const field = await this.field(label);
    // Two drivers, two names.
    await (field.setInputFiles?.(path) ?? field.uploadFile(path));
  }

  /** The field of the panel with this label. */
  field(label) {
    return until(`a field "${label}" in ${this.name}'s panel`, async () => {
      const found = await this.browser.panelFrame()?.evaluateHandle((wanted) => {
        const named = [...document.querySelectorAll("label")].filter((one) =>
          one.textContent.trim().startsWith(wanted),
        );
        return named[0]?.control ?? null;
      }, label);
      return found?.asElement() ?? null;
    });
  }

  /** Clicks a button of the panel by its name. */
  press(name) {
    return this.clickIn(this.browser.button(name));
  }

  /** Clicks a button that has this among its words. */
  async pressPart(words) {
    const element = await until(`a button "${words}" in ${this.name}'s panel`, async () => {
      for (const button of (await this.browser.panelFrame()?.$$("button")) ?? []) {
        if (await button.evaluate((node, wanted) => node.textContent.includes(wanted), words)) return button;
      }
      return null;
    });
    await element.click();
  }

  async clickIn(selector) {
    const element = await until(`${selector} in ${this.name}'s panel`, () =>
      this.browser.panelFrame()?.$(selector),
    );
    await element.click();
  }

  /** The panel slides in, and takes clicks only once it has been plainly visible for a moment. */
  async #settled() {
    let place = null;
    let since = Date.now();
    await until("the panel stands still", async () => {
      const x = await this.browser.page.evaluate(
        () => document.getElementById("crm-chat-panel").getBoundingClientRect().x,
      );
      if (x !== place) since = Date.now();
      place = x;
      return Date.now() - since > SETTLED_MS;
    });
  }
}

/** Runs in the CRM page: where our hosts are and whether a person can see them. */
function findShown(ids) {
  return ids.flatMap((id) =>
    [...document.querySelectorAll(`#${id}`)].flatMap((host) => {
      const style = getComputedStyle(host);
      const { x, y, width, height } = host.getBoundingClientRect();
      const shown =
        style.display !== "none" && style.visibility === "visible" && width > 0 && style.opacity !== "0";
      return shown ? [{ id, x, y, width, height }] : [];
    }),
  );
}
