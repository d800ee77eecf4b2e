import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { until } from "./wait.mjs";

const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
/** Lower than any page of the panel, so that its whole height can be measured. */
const LOW = 240;
/** As wide as the text on A4, in the pixels of a screen. */
const PAPER = { width: 680, height: 900 };

/** Takes the pictures of the documentation, in Chromium. */
export class Camera {
  static async ready() {
    await mkdir(IMAGES, { recursive: true });
    return new Camera();
  }

  /** Everything that the window shows. */
  async page(person, name) {
    await this.#shoot(person, name);
  }

  /** The panel alone, where the page adds nothing. */
  async panel(person, name) {
    await this.#shoot(person, name, await panelOf(person));
  }

  /** The panel as high as the window that lets one see `height` of it, or all of the page that is open in it. */
  async fitted(person, name, height) {
    const { width, height: before } = person.browser.page.viewportSize();
    await person.browser.resize({ width, height: LOW });
    const inside = height ?? (await person.browser.panelFrame().evaluate(wholeHeight));
    const { y } = await panelOf(person);
    await person.browser.resize({ width, height: Math.ceil(y + inside) });
    await this.panel(person, name);
    await person.browser.resize({ width, height: before });
  }

  /** The first sheet of what is about to be printed. */
  async paper(page, name) {
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize(PAPER);
    await page
      .locator(".sheet")
      .first()
      .screenshot({ path: `${IMAGES}${name}.png` });
  }

  async #shoot(person, name, clip) {
    const { page } = person.browser;
    // Without the pointer's and the cursor's traces. The pointer goes into a corner of the panel, which hears of it there.
    const { x, y } = await panelOf(person);
    await page.mouse.move(x + 1, y + 1);
    const pointed = () => document.querySelector("button:hover") !== null;
    await until("nothing is pointed at", async () => !(await person.browser.panelFrame().evaluate(pointed)));
    await page.screenshot({
      path: `${IMAGES}${name}.png`,
      animations: "disabled",
      caret: "hide",
      ...(clip && { clip }),
    });
  }
}

function panelOf(person) {
  return person.browser.page.locator("#crm-chat-panel").boundingBox();
}

/** Runs in the panel. */
function wholeHeight() {
  const bars = document.querySelector(".bars")?.getBoundingClientRect().height ?? 0;
  return bars + (document.querySelector("main")?.scrollHeight ?? 0);
}
