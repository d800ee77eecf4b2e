import { AtPanel } from "./at-panel.mjs";

/** What a member does with the chat itself: look who is there, talk, read. */
export class InChat extends AtPanel {
  seesColleagues() {
    return this.sees("the colleagues", (view) => view.link === "Connected" && view.heading === "Colleagues");
  }

  /** Back from however deep a page, to the list or the conversation. */
  async toChat() {
    for (;;) {
      const { page } = await this.view();
      if (page === null) return;
      await this.press("Back");
      await this.sees(`another page than "${page}"`, (view) => view.page !== page);
    }
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

  /** From wherever one is in the panel, to somebody or a room: the list is not on the screen while one talks. */
  async talkTo(name) {
    await this.toChat();
    if ((await this.view()).talkingTo !== null) await this.press("Back to colleagues");
    await this.seesPerson(name, "in the list", () => true);
    const frame = this.browser.panelFrame();
    const rows = await frame.$$("nav[aria-label='Colleagues'] li button");
    for (const row of rows) {
      const here = await row.evaluate(
        (node, wanted) => node.querySelector(".person-name").textContent === wanted,
        name,
      );
      if (here) {
        await row.click();
        break;
      }
    }
    await this.sees(`the conversation with ${name}`, (view) => view.talkingTo === name);
  }

  async say(text) {
    await this.write(text);
    await this.browser.page.keyboard.press("Enter");
    await this.seesMessage(text);
  }
}
