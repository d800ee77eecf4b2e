import { Core, stretch } from "product-core";
import { now } from "./samples.js";

/** When everything happens, in milliseconds since 1970. */
export const START = 1_800_000_000_000;

/**
 * The measured device: the product's own WASM core behind its own JavaScript face, with a disk in memory. What it costs to
 * carry effects out (IndexedDB, the socket) is the browser's and not measured here.
 */
export class Device {
  static join(office) {
    const device = new Device(new Map(), new Map());
    const invite = office.invite(START);
    device.turn((core, at) => core.join(invite, at));
    device.#lockWith("four odd words together");
    device.settle(office);
    if (device.core.view().stage !== "member") throw new Error("the measured device is not in the office");
    return device;
  }

  static start(records, session, office) {
    const device = new Device(records, session);
    device.turn((core, at) => core.start(at));
    device.settle(office);
    return device;
  }

  #at = START;
  #connecting = false;
  #toGateway = [];
  #stretch = null;

  constructor(records, session) {
    this.records = new Map(records);
    this.session = new Map(session);
    this.#open();
  }

  get at() {
    return this.#at;
  }

  close() {
    this.core.free();
  }

  /** Nothing is on disk, and nobody is asked, before there is a passphrase. */
  #lockWith(passphrase) {
    this.turn((core, at) => core.setPassphrase(passphrase, "passphrase", at));
    const { id, input, salt, memoryKib, passes, length } = this.takeStretch();
    const output = stretch(input, salt, memoryKib, passes, length);
    this.turn((core, at) => core.stretched(id, output, at));
  }

  send(to, text) {
    return this.turn((core, at) => core.sendText(to, text, at));
  }

  /** Runs a turn and carries out what comes of it. Gives its microseconds. */
  turn(call) {
    // A little time passes, never so much that a ping is due.
    this.#at += 1;
    const began = now();
    const effects = call(this.core, this.#at);
    const took = now() - began;
    this.#carryOut(effects);
    return took;
  }

  /** Takes the next message of the gateway. Gives the microseconds, or null where there is none. */
  hear(office) {
    const bytes = office.deliver();
    return bytes === undefined ? null : this.turn((core, at) => core.socketMessage(bytes, at));
  }

  say(office) {
    for (const bytes of this.#toGateway.splice(0)) office.take(bytes, this.#at);
  }

  hasSomethingToSay() {
    return this.#toGateway.length > 0;
  }

  /** Goes on until neither side has anything to say. Gives the microseconds of all turns. */
  settle(office) {
    let total = 0;
    for (;;) {
      if (this.#connecting) {
        this.#connecting = false;
        office.connected();
        total += this.turn((core, at) => core.socketOpened(at));
      }
      this.say(office);
      const took = this.hear(office);
      if (took !== null) total += took;
      else if (!this.hasSomethingToSay() && !this.#connecting) return total;
    }
  }

  /** What is to be stretched now; nothing, if nothing is. */
  takeStretch() {
    const job = this.#stretch;
    this.#stretch = null;
    return job;
  }

  #open() {
    const stored = (map) => [...map].map(([key, value]) => ({ key, value }));
    this.core = Core.open(stored(this.records), stored(this.session), this.#at);
  }

  #carryOut(effects) {
    write(this.records, effects.writes);
    write(this.session, effects.sessionWrites);
    if (effects.socket !== null) {
      this.#toGateway.length = 0;
      this.#connecting = effects.socket !== "close";
    }
    this.#toGateway.push(...effects.outgoing);
    if (effects.stretch !== null) this.#stretch = effects.stretch;
    if (effects.reopen) {
      this.core.free();
      this.#open();
      this.turn((core, at) => core.start(at));
    }
  }
}

function write(map, writes) {
  for (const { key, value } of writes) {
    if (value === null) map.delete(key);
    else map.set(key, value);
  }
}
