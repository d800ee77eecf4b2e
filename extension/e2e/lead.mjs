import { InOffice } from "./in-office.mjs";
import { readPaper } from "./panel-view.mjs";
import { until } from "./wait.mjs";

const ASKED = /Type group (\d+) of the kit/;

/** What an administrator does about people and rules. */
export class Lead extends InOffice {
  /** A page of "Manage the office", by its name. */
  async manage(page) {
    await this.toList();
    await this.press("Manage the office");
    await this.press(page);
  }

  /** Invites one person; the answer is the sheet: `name`, `address`, `code`, `link`. */
  async invite(name, { role = "Staff", group = "" } = {}) {
    await this.manage("Invite one person");
    await this.type("Name", name);
    await this.choose("Role", role);
    if (group !== "") await this.type("Place or team", group);
    await this.press("Make the invite");
    const [sheet] = await this.sheets();
    await this.toChat();
    return sheet;
  }

  /** Pastes a table and looks at it; the answer says what would be sent: `rows` and `errors`. */
  async lookAtTable(csv) {
    await this.manage("Invite many from a table");
    await this.fillIn({ "table-text": csv }, "Look at the rows");
    return this.#looked();
  }

  /** The same with a file. */
  async lookAtFile(path) {
    await this.manage("Invite many from a table");
    await this.chooseFile("CSV file", path);
    return this.#looked();
  }

  async #looked() {
    const view = await this.sees("the rows", ({ table, badRows }) => table.length + badRows.length > 0);
    return { rows: view.table, errors: view.badRows };
  }

  /** Sends a table that is clean; the answer are the sheets. The page with them stays open. */
  async inviteTable(csv) {
    const { rows, errors } = await this.lookAtTable(csv);
    if (errors.length > 0) throw new Error(`the table has ${errors.join("; ")}`);
    await this.press(rows.length === 1 ? "Invite 1 person" : `Invite ${rows.length} people`);
    return this.sheets();
  }

  /** What is to be handed out, once it is there. */
  async sheets() {
    const { sheets } = await this.sees("the sheets", (view) => view.sheets.length > 0, { within: 60_000 });
    return sheets;
  }

  /** What comes out of the printer at this button: each sheet of paper. `look` gets the page that they stand on. */
  async printed(button, look = () => undefined) {
    const opens = this.browser.nextTab();
    await this.press(button);
    const page = await opens;
    const paper = await until("something on the paper", async () => {
      const sheets = await page.evaluate(readPaper);
      return sheets.length > 0 ? sheets : null;
    });
    await look(page);
    await page.close();
    return paper;
  }

  /** Keeps the recovery kit on paper and as a file, and types the group that chat asks for. Gives both. */
  async keepKit() {
    const { text } = await this.sees("which group is asked for", (view) => ASKED.test(view.text));
    const saves = this.browser.nextFile();
    await this.press("Save as a file");
    const file = await saves;
    const [paper] = await this.printed("Print");
    const [, asked] = ASKED.exec(text);
    await this.fillIn({ group: paper.groups[Number(asked) - 1] }, "I have kept it");
    await this.sees("that it is kept", (view) => view.heading !== "Keep the recovery kit");
    return { paper, file };
  }

  /** Invites that were not used, each with `name` and `text`. */
  async openInvites() {
    await this.manage("Open invites");
    return (await this.sees("the open invites", (view) => view.heading === "Open invites")).rows;
  }

  async withdrawInvite(name) {
    await this.openInvites();
    await this.press(`Withdraw the invite of ${name}`);
    await this.press("Withdraw");
    await this.sees(`no invite of ${name}`, (view) => view.rows.every((row) => row.name !== name));
    await this.toChat();
  }

  /** The page about somebody, from the list of all people. */
  async person(name) {
    await this.manage("People");
    await this.pressPart(name);
    await this.sees(`the page about ${name}`, (view) => view.heading === name);
  }

  async revokePerson(name) {
    const remove = await this.aboutToRevoke(name);
    await remove();
    const gone = "This colleague is no longer in the office.";
    await this.sees(`${name} gone`, (view) => view.heading === gone, { within: 30_000 });
    await this.toChat();
  }

  /** As far as the question; the answer is the click that does it. */
  async aboutToRevoke(name) {
    await this.person(name);
    await this.press("Remove from the office");
    return () => this.press(`Remove ${name}`);
  }

  /** Signs out a workstation of somebody else, if they have but one. */
  async revokeWorkstationOf(name) {
    await this.person(name);
    await this.sees(`${name}'s workstations`, (view) => view.rows.length === 1);
    await this.revokeWorkstation(() => true, { lost: true });
    await this.toChat();
  }

  /** A sheet for somebody who lost every workstation. */
  async inviteAgain(name) {
    await this.person(name);
    await this.press("Invite again");
    await this.press(`Invite ${name} again`);
    const [sheet] = await this.sheets();
    await this.toChat();
    return sheet;
  }

  /** `role` and `group` as they are called on the screen. */
  async setPlace(name, { role, group }) {
    await this.person(name);
    if (role !== undefined) await this.choose("Role", role);
    if (group !== undefined) await this.type("Place or team", group);
    await this.press("Save");
    await this.sees("that it is saved", (view) => view.status.includes("Saved."));
    await this.toChat();
  }

  /** Rules by their labels, for example `{ "Keep messages for": "1 day" }`. */
  async setRules(rules) {
    await this.manage("Rules of the office");
    for (const [label, words] of Object.entries(rules)) await this.choose(label, words);
    await this.press("Save the rules");
    await this.sees("that they are saved", (view) => view.status.includes("Saved."));
    await this.toChat();
  }

  async takeOfficeKey(kit) {
    await this.manage("Office key on this browser");
    await this.fillIn({ kit }, "Put the key here");
    await this.sees("the office again", (view) => view.heading === "Manage the office");
    await this.toChat();
  }
}
