/**
 * What is measured of the core, in which order. The native program (`../core/src/rounds.rs`) does the same.
 */
import { text } from "bench-office";
import { FIRST_MESSAGES, LETTERS } from "./amounts.js";
import { Device, START } from "./device.js";
import { now } from "./samples.js";

/** A room with so many devices besides the measured one; for one device, two people. */
export class CoreRounds {
  constructor(samples, office, devices) {
    this.samples = samples;
    this.office = office;
    this.devices = devices;
    this.text = text();
    const joined = Device.join(office);
    this.records = joined.records;
    this.session = joined.session;
    joined.close();
    this.to = devices === 1 ? office.person(0) : office.room();
  }

  /** Nobody has a session with anybody. Each round begins with the same disk. */
  firstContact() {
    const { samples, office, devices, to } = this;
    const began = now();
    const woken = new Device(this.records, this.session);
    samples.add("core/wake", now() - began);
    woken.close();
    const device = Device.start(this.records, this.session, office);
    let took = device.send(to, this.text);
    device.say(office);
    // The keys that it asked for.
    while (!device.hasSomethingToSay()) took += heard(device.hear(office));
    samples.add("turn/first-contact", took);
    device.say(office);
    office.dropAll();
    device.settle(office);

    const some = Math.min(devices, FIRST_MESSAGES);
    office.begin(0, some);
    if (devices === 1) office.writePerson(0, device.at);
    else office.writeRoom(0, some, device.at);
    samples.add("turn/open-first", hearAll(device, office) / some);
    device.close();
  }

  /** Everybody writes to everybody, and the message layer alone gets its sessions. */
  meet() {
    const { office, devices } = this;
    this.device = Device.start(this.records, this.session, office);
    this.#send();
    if (office.readAll(true, this.device.at) !== devices) {
      throw new Error("the first message did not reach everybody");
    }
    this.device.settle(office);
    office.layerBegin(START);
  }

  /** Gives the bytes of the padded payload. */
  round() {
    if (this.devices === 1) this.#letters();
    else this.#room();
    return this.#layer();
  }

  close() {
    this.device.close();
    this.office.free();
  }

  /** Two people. */
  #letters() {
    const { samples, office, device } = this;
    let [sealTurning, openTurning, seal, open] = [0, 0, 0, 0];
    for (let letter = 0; letter < LETTERS; letter += 1) {
      office.writePerson(0, device.at);
      openTurning += heard(device.hear(office));
      device.say(office);
      sealTurning += this.#send();
      this.#confirm();
    }
    for (let letter = 0; letter < LETTERS; letter += 1) {
      seal += this.#send();
      this.#confirm();
    }
    office.writePerson(0, device.at);
    device.settle(office);
    for (let letter = 0; letter < LETTERS; letter += 1) {
      office.writePerson(0, device.at);
      open += heard(device.hear(office));
      device.say(office);
    }
    samples.add("turn/seal-turning", sealTurning / LETTERS);
    samples.add("turn/open-turning", openTurning / LETTERS);
    samples.add("turn/round-turning", (sealTurning + openTurning) / LETTERS);
    samples.add("turn/seal", seal / LETTERS);
    samples.add("turn/open", open / LETTERS);
    samples.add("turn/round", (seal + open) / LETTERS);
  }

  #room() {
    const { samples, office, device, devices } = this;
    // Everybody answers what was sent last, so each message brings a new ratchet key; then once more without one.
    for (const what of ["turn/open-turning", "turn/open"]) {
      office.writeRoom(0, devices, device.at);
      samples.add(what, hearAll(device, office) / devices);
      device.say(office);
    }
    let confirmations = 0;
    for (const what of ["turn/seal-turning", "turn/seal"]) {
      samples.add(what, this.#send());
      confirmations += this.#confirm();
    }
    samples.add("turn/confirmations", confirmations / 2);
  }

  #layer() {
    const { samples, office, devices } = this;
    office.layerAnswer(START);
    const payload = samples.time("layer/seal-turning", () => office.layerSeal(START));
    let began = now();
    if (office.layerOpenAll() !== devices) throw new Error("the message layer lost a message");
    samples.add("layer/open-turning", (now() - began) / devices);
    samples.time("layer/seal", () => office.layerSeal(START));
    began = now();
    office.layerOpenAll();
    samples.add("layer/open", (now() - began) / devices);
    return payload;
  }

  #send() {
    const took = this.device.send(this.to, this.text);
    this.device.settle(this.office);
    return took;
  }

  /** Everybody opens it, and the sender hears of each. */
  #confirm() {
    if (this.office.readAll(true, this.device.at) !== this.devices) throw new Error("a message was lost");
    return this.device.settle(this.office);
  }
}

function hearAll(device, office) {
  let total = 0;
  for (let took = device.hear(office); took !== null; took = device.hear(office)) total += took;
  return total;
}

function heard(took) {
  if (took === null) throw new Error("the gateway said nothing");
  return took;
}
