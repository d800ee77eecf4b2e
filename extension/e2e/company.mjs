import { Office } from "./office.mjs";
import { BROWSERS, Person } from "./person.mjs";

/** An office and whoever sits at a browser in it; they all leave at its end. */
export class Company {
  static async gather() {
    return new Company(await Office.start());
  }

  #present = new Set();

  constructor(office) {
    this.office = office;
  }

  /** Somebody opens the CRM page and the chat in it. */
  async arrive(kind, name, options) {
    const person = await Person.arrive(BROWSERS[kind], this.office, name, options);
    this.#present.add(person);
    await person.openChat(this.office.page());
    return person;
  }

  /** The same, and joins with an invite of the office's own administrator. */
  async join(kind, name, { role, ...options } = {}) {
    const person = await this.arrive(kind, name, options);
    await person.join(await this.office.invite(name, { role }));
    return person;
  }

  /** Somebody at a browser with a copy of the profile of another one, which is closed. */
  async comeAsCopyOf(other) {
    const person = new Person(await BROWSERS.Chromium.copyOf(other.browser), other.name);
    this.#present.add(person);
    await person.openChat(this.office.page());
    return person;
  }

  /** Somebody opens the CRM page in one more tab of their browser. */
  async secondTab(of) {
    const person = new Person(await of.browser.secondTab(), of.name);
    await person.openChat(this.office.page());
    return person;
  }

  /** What is typed as the address of the relay. */
  get address() {
    return new URL(this.office.ready.gateway[0]).host;
  }

  async leave(person) {
    this.#present.delete(person);
    await person.leave();
  }

  async end() {
    for (const person of this.#present) await this.leave(person);
    await this.office.stop();
  }
}
