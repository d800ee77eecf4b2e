import { Chromium } from "./chromium.mjs";
import { Firefox } from "./firefox.mjs";
import { Lead } from "./lead.mjs";

/** For whoever does not care which. */
const PASSPHRASE = "four odd words together";

const SLOWLY = 60_000;

/** Somebody who sits at a browser and does what people do: click, type, read. */
export class Person extends Lead {
  static async arrive(Browser, office, name, options = {}) {
    const browser = await Browser.launch({ extension: office.ready.extension, ...options });
    return new Person(browser, name);
  }

  leave() {
    return this.browser.close();
  }

  /** From whichever of the first screens to the form behind these buttons. */
  async goIn(...buttons) {
    await this.sees("a way in", (view) => view.ways.length > 0 || view.buttons.includes("Another way in"));
    if ((await this.view()).ways.length === 0) await this.press("Another way in");
    for (const name of buttons) await this.pressPart(name);
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

  /** With the text that the gateway printed, as far as the recovery kit. */
  async openOffice(founding, office, passphrase = PASSPHRASE) {
    await this.goIn("Open a new office");
    await this.fillIn({ founding, office, name: this.name }, "Open the office");
    await this.choosePassphrase(passphrase);
    await this.sees("the recovery kit", (view) => view.heading === "Keep the recovery kit");
  }

  /** The same; the recovery kit is put off. */
  async foundOffice(founding, office, passphrase = PASSPHRASE) {
    await this.openOffice(founding, office, passphrase);
    await this.press("Later");
    await this.seesColleagues();
  }

  /** Becomes a new administrator of an office that has none, with the text of its recovery kit. */
  async restoreOffice(kit, passphrase = PASSPHRASE) {
    await this.goIn("Open a new office", "I have a recovery kit");
    await this.fillIn({ kit, name: this.name }, "Bring it back");
    await this.choosePassphrase(passphrase);
    await this.seesColleagues();
  }

  async signIn(address, passphrase = PASSPHRASE) {
    await this.goIn("I have chatted before");
    await this.fillIn({ address, name: this.name, passphrase }, "Sign in");
    // The passphrase of the sign-in locks this browser too.
    await this.sees("the way in", (view) => view.heading === "Colleagues", { within: SLOWLY });
  }

  async choosePassphrase(passphrase = PASSPHRASE) {
    await this.sees("the choice of a passphrase", (view) => view.heading === "Choose a passphrase");
    await this.fillIn({ passphrase, again: passphrase }, "Set passphrase");
    // Twice Argon2id with 64 MiB: seconds where several browsers share two cores.
    await this.sees("that it is set", (view) => view.heading !== "Choose a passphrase", { within: SLOWLY });
  }

  async lock() {
    await this.toList();
    await this.press("Account and lock");
    await this.press("Lock now");
    await this.sees("the lock", (view) => view.heading === "Chat is locked");
  }

  async unlock(passphrase = PASSPHRASE) {
    await this.fillIn({ passphrase }, "Unlock");
    await this.sees("that it is open", (view) => view.heading !== "Chat is locked", { within: SLOWLY });
  }
}

export const BROWSERS = { Chromium, Firefox };
