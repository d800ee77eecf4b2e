import { InChat } from "./in-chat.mjs";

/** What a member does beside talking: rooms, workstations, safety numbers. */
export class InOffice extends InChat {
  /** A room of chosen people by their names, of a role or a place, or of everyone. Ends in the room, if one is in it. */
  async makeRoom(name, { people = [], everyone = false, role, place } = {}) {
    await this.toList();
    await this.press("New room");
    await this.type("Name of the room", name);
    if (everyone) await this.tick("Everyone in the office");
    if (role !== undefined) {
      await this.tick("Everyone of a role");
      await this.choose("Which role?", role);
    }
    if (place !== undefined) {
      await this.tick("Everyone in a place or team");
      await this.choose("Which place or team?", place);
    }
    for (const person of people) await this.tick(person);
    await this.press("Make the room");
    await this.sees(
      `that ${name} is made`,
      ({ talkingTo, page, heading }) => talkingTo === name || (page === null && heading === "Colleagues"),
    );
  }

  /** The page about a room; the answer holds its members by name. */
  async aboutRoom(name) {
    await this.talkTo(name);
    await this.press("About this room");
    const { rows } = await this.sees(`the members of ${name}`, (view) => view.rows.length > 0);
    return rows.map((row) => row.name);
  }

  async addToRoom(room, people) {
    await this.aboutRoom(room);
    for (const person of people) await this.tick(person);
    await this.press("Add them");
    await this.sees(`${people.join(", ")} in ${room}`, (view) =>
      people.every((person) => view.rows.some((row) => row.name === person)),
    );
    await this.toChat();
  }

  async removeFromRoom(room, person) {
    await this.aboutRoom(room);
    await this.press(`Remove ${person}`);
    await this.press("Remove");
    await this.sees(`${room} without ${person}`, (view) => view.rows.every((row) => row.name !== person));
    await this.toChat();
  }

  async renameRoom(room, name) {
    await this.aboutRoom(room);
    await this.type("Name of the room", name);
    await this.press("Rename");
    await this.sees(`the room called ${name}`, (view) => view.heading === name);
    await this.toChat();
  }

  leaveRoom(room) {
    return this.#endRoom(room, "Leave the room");
  }

  closeRoom(room) {
    return this.#endRoom(room, "Close the room");
  }

  async #endRoom(room, act) {
    await this.aboutRoom(room);
    // Once to ask, once to do it.
    await this.press(act);
    await this.press(act);
    await this.sees(`no room ${room}`, (view) => view.people.every((row) => row.name !== room));
  }

  /** A page of "You and this browser". */
  async account(page) {
    await this.toList();
    await this.press("Account and lock");
    await this.press(page);
  }

  async setPassphrase(passphrase) {
    await this.account("Change passphrase");
    await this.fillIn({ passphrase, again: passphrase }, "Set passphrase");
    await this.seesColleagues();
  }

  /** One's own workstations, each with `name` and `text`. */
  async workstations() {
    await this.account("My workstations");
    return (await this.sees("the workstations", (view) => view.rows.length > 0)).rows;
  }

  /** Signs out the one of the workstations in the list for which `wanted` holds. */
  async revokeWorkstation(wanted, { lost = false } = {}) {
    const { rows } = await this.view();
    const { name, text } = rows.find(wanted);
    await this.press(`Sign out: ${name} · ${/Ends in (\S+)/.exec(text)[1]}`);
    if (lost) await this.tick("It is lost or stolen");
    await this.press("Sign it out");
    await this.sees("one workstation less", (view) => view.rows.length === rows.length - 1);
  }

  /** Address, code and link for one more workstation; the page stays open. */
  async addWorkstation() {
    await this.account("Add a workstation");
    const { facts, copies } = await this.sees("a code", (view) => view.facts.Code !== undefined);
    return { address: facts.Address, code: facts.Code, link: copies.Link };
  }

  async signOutHere() {
    await this.account("Sign out here");
    await this.press("Sign out here");
    await this.sees("the ways in", (view) => view.ways.length > 0, { within: 30_000 });
  }

  /** The page about somebody, from the conversation; the answer is the safety number. */
  async verification(name) {
    await this.talkTo(name);
    await this.press(`About ${name}`);
    return (await this.sees("a safety number", (view) => view.safetyNumber.length > 0)).safetyNumber;
  }

  async markVerified(name) {
    await this.verification(name);
    await this.press("Mark as verified");
    await this.sees("the badge", (view) => view.status.includes(`You have verified ${name}.`));
    await this.toChat();
  }

  /** The text that the other side compares. */
  async safetyText(name) {
    await this.verification(name);
    await this.#openComparison();
    const { copies } = await this.view();
    return copies["Text to send to the other side"];
  }

  /** Compares a text from the other side; the answer says whether it matched. */
  async compareSafetyText(name, text) {
    await this.verification(name);
    await this.#openComparison();
    await this.fillIn({ "safety-text": text }, "Compare");
    const view = await this.sees(
      "what the comparison gave",
      ({ status, alerts }) => status.includes("It matches. Verified.") || alerts.length > 0,
    );
    return view.status.includes("It matches. Verified.");
  }

  /** Asks somebody who is on line to compare by emoji; ends on the page about that person. */
  async askToCompare(name) {
    await this.verification(name);
    await this.press("Compare by emoji");
    await this.sees("that it waits", (view) => view.status.some((line) => line.startsWith("Waiting until")));
  }

  /** Agrees to compare with somebody who asked; ends on the page about that person. */
  async agreeToCompare(name) {
    await this.talkTo(name);
    await this.sees("the question", (view) => view.buttons.includes("Compare now"));
    await this.press("Compare now");
    await this.sees(`the page about ${name}`, (view) => view.page === name);
  }

  /** The names of the seven emoji, on the page about somebody. */
  async emojiNames() {
    return (await this.sees("seven emoji", (view) => view.emoji.length === 7)).emoji;
  }

  /** Says of the emoji that are on the screen whether they match. */
  async answerEmoji(name, matches) {
    await this.press(matches ? "They match" : "They differ");
    if (matches) {
      const verified = (line) => line.startsWith(`They match: you have verified ${name}.`);
      await this.sees("that they match", (view) => view.status.some(verified));
    } else {
      await this.sees("the warning", (view) => view.alerts.some((line) => line.includes("pictures differ")));
    }
  }

  /** Compares by emoji with `colleague`, at that person's own browser; both say what they see. Ends in the chat. */
  async compareByEmoji(colleague) {
    await this.askToCompare(colleague.name);
    await colleague.agreeToCompare(this.name);
    const [mine, theirs] = [await this.emojiNames(), await colleague.emojiNames()];
    if (mine.join() !== theirs.join()) {
      throw new Error(`${this.name} sees ${mine.join()}, ${colleague.name} sees ${theirs.join()}`);
    }
    await this.answerEmoji(colleague.name, true);
    await colleague.answerEmoji(this.name, true);
    for (const person of [this, colleague]) {
      await person.press("Close");
      await person.toChat();
    }
    return mine;
  }

  #openComparison() {
    return this.clickIn("details.more:not([open]) > summary");
  }

  /** Goes on although somebody's keys changed. */
  async trustNewKeys(name) {
    await this.talkTo(name);
    await this.press("Go on without comparing");
    await this.press("Trust them");
    await this.sees("a field to write in", (view) => view.canWrite);
  }

  /** To the list of colleagues, with no conversation open. */
  async toList() {
    await this.toChat();
    if ((await this.view()).talkingTo !== null) await this.press("Back to colleagues");
  }
}
