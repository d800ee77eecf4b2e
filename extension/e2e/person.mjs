import { Chromium } from "./chromium.mjs";
import { Firefox } from "./firefox.mjs";
import { readPanel } from "./panel-view.mjs";
import { until } from "./wait.mjs";

/** Longer than the panel distrusts clicks after it came into sight. */
const SETTLED_MS = 600;
/** For whoever does not care which. */
const PASSPHRASE = "four odd words together";
const HOSTS = ["crm-chat-button", "crm-chat-launcher"];

/** Somebody who sits at a browser and does what people do: click, type, read. */
export class Person {
  static async arrive(Browser, office, name, options = {}) {
    const browser = await Browser.launch({ extension: office.ready.extension, ...options });
    return new Person(browser, name);
  }

  constructor(browser, name) {
    this.browser = browser;
    this.name = name;
  }

  leave() {
    return this.browser.close();
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

  /** From whichever of the first screens to the form behind these buttons. */
  async goIn(...buttons) {
    await this.sees("a way in", (view) => view.ways.length > 0 || view.buttons.includes("Another way in"));
    if ((await this.view()).ways.length === 0) await this.press("Another way in");
    for (const name of buttons) await this.pressPart(name);
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

  async tryToJoin(invite) {
    await this.goIn("I have an invite");
    await this.fillIn({ invite }, "Join");
  }

  /** With the link of an invite, as far as the colleagues. */
  async join(invite, passphrase = PASSPHRASE) {
    await this.tryToJoin(invite);
    await this.choosePassphrase(passphrase);
    await this.seesColleagues();
  }

  async joinByCode(address, code, passphrase = PASSPHRASE) {
    await this.goIn("I have an invite", "Type an address and a code");
    await this.fillIn({ address, code }, "Join");
    await this.choosePassphrase(passphrase);
    await this.seesColleagues();
  }

  /** With the text that the gateway printed; the recovery kit is put off. */
  async foundOffice(founding, office, passphrase = PASSPHRASE) {
    await this.goIn("Open a new office");
    await this.fillIn({ founding, office, name: this.name }, "Open the office");
    await this.choosePassphrase(passphrase);
    await this.sees("the recovery kit", (view) => view.heading === "Keep the recovery kit");
    await this.press("Later");
    await this.seesColleagues();
  }

  async signIn(address, passphrase = PASSPHRASE) {
    await this.goIn("I have chatted before");
    await this.fillIn({ address, name: this.name, passphrase }, "Sign in");
    await this.seesColleagues();
  }

  async choosePassphrase(passphrase) {
    await this.sees("the choice of a passphrase", (view) => view.heading === "Choose a passphrase");
    await this.fillIn({ passphrase, again: passphrase }, "Set passphrase");
  }

  async lock() {
    await this.press("Account and lock");
    await this.press("Lock now");
    await this.sees("the lock", (view) => view.heading === "Chat is locked");
  }

  async unlock(passphrase = PASSPHRASE) {
    await this.fillIn({ passphrase }, "Unlock");
  }

  seesColleagues() {
    return this.sees("the colleagues", (view) => view.link === "Connected" && view.heading === "Colleagues");
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

  seesPerson(name, what, check, options) {
    const found = (view) => view.people.some((person) => person.name === name && check(person));
    return this.sees(`${name} ${what}`, found, options);
  }

  seesMessage(text, mark, options) {
    const what = mark === undefined ? `"${text}"` : `"${text}" marked ${mark}`;
    const right = (message) => message.text === text && (mark === undefined || message.mark === mark);
    return this.sees(what, (view) => view.messages.some(right), options);
  }

  /** Notes each mark that the newest message gets from now on; the answer tells them in order. */
  async watchMarks() {
    await this.browser.panelFrame().evaluate(() => {
      const marks = [];
      const note = () => {
        const mark = [...document.querySelectorAll(".mark")].at(-1)?.textContent.trim();
        if (mark !== undefined && mark !== marks.at(-1)) marks.push(mark);
      };
      new MutationObserver(note).observe(document.body, {
        childList: true,
        subtree: true,
        characterData: true,
      });
      window.marks = marks;
    });
    return () => this.browser.panelFrame().evaluate(() => window.marks);
  }

  /** From wherever one is in the panel: the list is not on the screen while one talks. */
  async talkTo(name) {
    if ((await this.view()).talkingTo !== null) await this.press("Back to colleagues");
    await this.seesPerson(name, "in the list", () => true);
    const frame = this.browser.panelFrame();
    const rows = await frame.$$("nav[aria-label='Colleagues'] li button");
    for (const row of rows) {
      const here = await row.evaluate(
        (node, wanted) => node.querySelector(".person-name").textContent === wanted,
        name,
      );
      if (here) await row.click();
    }
    await this.sees(`the conversation with ${name}`, (view) => view.talkingTo === name);
  }

  async say(text) {
    await this.write(text);
    await this.browser.page.keyboard.press("Enter");
    await this.seesMessage(text);
  }

  async write(text) {
    await this.clickIn("#composer");
    await this.browser.page.keyboard.type(text);
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

export const BROWSERS = { Chromium, Firefox };
