/**
 * The crypto library of Element: `@matrix-org/matrix-sdk-crypto-wasm`, one OlmMachine a device, with its store in memory.
 * The home server is a few maps.
 *
 * Its way of writing to many is another: the sender makes a Megolm session, hands its key to each device inside Olm, and
 * from then on encrypts once a message. So it is measured three times: with no session at all, with a fresh key for
 * devices with which there are Olm sessions, and with a key that everybody has.
 */
import {
  CollectStrategy,
  DecryptionSettings,
  DeviceId,
  DeviceLists,
  EncryptionSettings,
  OlmMachine,
  RequestType,
  RoomId,
  TrustRequirement,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import { LETTERS } from "./amounts.js";
import { now } from "./samples.js";

const ROOM = "!room:office";
const SENDER = "@sender:office";

const recipient = (index) => `@colleague${index}:office`;

export class MatrixRounds {
  #devices = new Map();
  #oneTime = new Map();
  #senders = 0;
  #events = 0;

  constructor(samples, devices, text) {
    this.samples = samples;
    this.devices = devices;
    this.content = JSON.stringify({ msgtype: "m.text", body: text });
  }

  /** All machines; only the first recipient's is kept, the others are there for their keys. */
  async begin(told) {
    for (let index = 0; index < this.devices; index += 1) {
      const machine = await this.#machine(recipient(index), `DEVICE${index}`);
      if (index === 0) this.receiver = machine;
      else machine.close();
      if (index % 50 === 49) told(`${index + 1} of ${this.devices} Matrix devices`);
    }
  }

  /** A sender that knows all devices and has a session with none. */
  async firstContact() {
    this.sender?.close();
    this.#senders += 1;
    this.sender = await this.#machine(SENDER, `SENDER${this.#senders}`);
    await this.#meet(this.sender, this.#users());
    const claim = await this.sender.getMissingSessions(this.#ids());
    const keys = this.#claimed(JSON.parse(claim.body));
    const ids = this.#ids();
    const began = now();
    await this.sender.markRequestAsSent(claim.id, claim.type, keys);
    const [requests, event] = await this.#shareAndSend(this.sender, ids);
    this.samples.add("matrix/first-contact", now() - began);
    await this.#sent(this.sender, requests);
    const opening = await this.#open(requests, event);
    this.samples.add("matrix/open-first", opening);
  }

  /** The last sender stays, and the first recipient learns its keys. */
  async meet() {
    const query = this.receiver.queryKeysForUsers([new UserId(SENDER)]);
    await this.receiver.markRequestAsSent(query.id, query.type, this.#queried(JSON.parse(query.body)));
  }

  async round() {
    if (this.devices === 1) await this.#letters();
    await this.#room();
  }

  close() {
    this.sender.close();
    this.receiver.close();
  }

  /** Olm alone: to-device events between two machines, there and back, then several in one direction. */
  async #letters() {
    const { samples, sender, receiver } = this;
    const there = await sender.getDevice(new UserId(recipient(0)), new DeviceId("DEVICE0"));
    const back = await receiver.getDevice(new UserId(SENDER), new DeviceId(`SENDER${this.#senders}`));
    let [sealTurning, openTurning, seal, open] = [0, 0, 0, 0];
    for (let letter = 0; letter < LETTERS; letter += 1) {
      await this.#letter(back, sender, recipient(0));
      const [sealed, opened] = await this.#letter(there, receiver, SENDER);
      sealTurning += sealed;
      openTurning += opened;
    }
    for (let letter = 0; letter < LETTERS; letter += 1) {
      const [sealed, opened] = await this.#letter(there, receiver, SENDER);
      seal += sealed;
      open += opened;
    }
    samples.add("matrix/olm-seal-turning", sealTurning / LETTERS);
    samples.add("matrix/olm-open-turning", openTurning / LETTERS);
    samples.add("matrix/olm-round-turning", (sealTurning + openTurning) / LETTERS);
    samples.add("matrix/olm-seal", seal / LETTERS);
    samples.add("matrix/olm-open", open / LETTERS);
    samples.add("matrix/olm-round", (seal + open) / LETTERS);
  }

  async #letter(to, at, sender) {
    const content = JSON.parse(this.content);
    let began = now();
    const sealed = await to.encryptToDeviceEvent("office.letter", content, CollectStrategy.allDevices());
    const sealing = now() - began;
    const event = JSON.stringify([{ type: "m.room.encrypted", sender, content: JSON.parse(sealed) }]);
    const lists = new DeviceLists();
    const counts = new Map([["signed_curve25519", 50]]);
    began = now();
    const [opened] = await at.receiveSyncChanges(event, lists, counts, new Set(["signed_curve25519"]));
    const opening = now() - began;
    if (opened?.rawEvent === undefined || !opened.rawEvent.includes("office.letter")) {
      throw new Error(`a Matrix letter did not open: ${opened?.rawEvent}`);
    }
    return [sealing, opening];
  }

  async #room() {
    const { samples, sender } = this;
    await sender.invalidateGroupSession(new RoomId(ROOM));
    const ids = this.#ids();
    let began = now();
    const [requests, event] = await this.#shareAndSend(sender, ids);
    samples.add("matrix/fresh-key", now() - began);
    await this.#sent(sender, requests);
    samples.add("matrix/open-fresh-key", await this.#open(requests, event));

    let [seal, open] = [0, 0];
    for (let letter = 0; letter < LETTERS; letter += 1) {
      began = now();
      const sealed = await sender.encryptRoomEvent(new RoomId(ROOM), "m.room.message", this.content);
      seal += now() - began;
      open += await this.#decrypt(this.#event(sealed));
    }
    samples.add("matrix/megolm-seal", seal / LETTERS);
    samples.add("matrix/megolm-open", open / LETTERS);
    samples.add("matrix/megolm-round", (seal + open) / LETTERS);
  }

  async #shareAndSend(sender, ids) {
    const settings = new EncryptionSettings();
    settings.sharingStrategy = CollectStrategy.allDevices();
    const requests = await sender.shareRoomKey(new RoomId(ROOM), ids, settings);
    const sealed = await sender.encryptRoomEvent(new RoomId(ROOM), "m.room.message", this.content);
    return [requests, this.#event(sealed)];
  }

  /** The first recipient takes the room's key and opens the event. */
  async #open(requests, event) {
    const toDevice = [];
    let shared = 0;
    for (const { event_type, body } of requests) {
      const { messages } = JSON.parse(body);
      shared += Object.keys(messages).length;
      const content = messages[recipient(0)]?.DEVICE0;
      if (content !== undefined) toDevice.push({ type: event_type, sender: SENDER, content });
    }
    if (shared !== this.devices) throw new Error(`the room's key went to ${shared} devices`);
    const json = JSON.stringify(toDevice);
    const lists = new DeviceLists();
    const counts = new Map([["signed_curve25519", 50]]);
    const began = now();
    await this.receiver.receiveSyncChanges(json, lists, counts, new Set(["signed_curve25519"]));
    const took = now() - began;
    return took + (await this.#decrypt(event));
  }

  async #decrypt(event) {
    const settings = new DecryptionSettings(TrustRequirement.Untrusted);
    const room = new RoomId(ROOM);
    const began = now();
    const opened = await this.receiver.decryptRoomEvent(event, room, settings);
    const took = now() - began;
    if (!opened.event.includes("m.text")) throw new Error("a Matrix event did not open");
    return took;
  }

  #event(sealed) {
    this.#events += 1;
    return JSON.stringify({
      type: "m.room.encrypted",
      event_id: `$event${this.#events}:office`,
      sender: SENDER,
      origin_server_ts: Date.now(),
      content: JSON.parse(sealed),
      unsigned: {},
    });
  }

  async #sent(machine, requests) {
    for (const { id } of requests) await machine.markRequestAsSent(id, RequestType.ToDevice, "{}");
  }

  /** A machine whose keys the home server has. */
  async #machine(user, device) {
    const machine = await OlmMachine.initialize(new UserId(user), new DeviceId(device));
    await this.#answer(machine);
    return machine;
  }

  /** The machine learns the devices of these people. */
  async #meet(machine, users) {
    await machine.updateTrackedUsers(users.map((user) => new UserId(user)));
    await this.#answer(machine);
  }

  async #answer(machine) {
    for (const request of await machine.outgoingRequests()) {
      const body = JSON.parse(request.body);
      if (request.type === RequestType.KeysUpload) {
        const { user_id, device_id } = body.device_keys ?? {};
        if (user_id !== undefined) {
          const devices = this.#devices.get(user_id) ?? {};
          devices[device_id] = body.device_keys;
          this.#devices.set(user_id, devices);
          this.#oneTime.set(`${user_id} ${device_id}`, Object.entries(body.one_time_keys));
        }
        const counts = { signed_curve25519: Object.keys(body.one_time_keys ?? {}).length };
        const response = JSON.stringify({ one_time_key_counts: counts });
        await machine.markRequestAsSent(request.id, request.type, response);
      } else if (request.type === RequestType.KeysQuery) {
        await machine.markRequestAsSent(request.id, request.type, this.#queried(body));
      }
    }
  }

  #queried(wanted) {
    const users = Object.keys(wanted.device_keys);
    const device_keys = Object.fromEntries(users.map((user) => [user, this.#devices.get(user) ?? {}]));
    return JSON.stringify({ device_keys, failures: {} });
  }

  #claimed({ one_time_keys: wanted }) {
    const one_time_keys = {};
    for (const [user, devices] of Object.entries(wanted)) {
      one_time_keys[user] = {};
      for (const device of Object.keys(devices)) {
        const key = this.#oneTime.get(`${user} ${device}`)?.pop();
        if (key === undefined) throw new Error(`${user} has no one-time key left`);
        one_time_keys[user][device] = Object.fromEntries([key]);
      }
    }
    return JSON.stringify({ one_time_keys, failures: {} });
  }

  #users() {
    return Array.from({ length: this.devices }, (_, index) => recipient(index));
  }

  /** Made anew each time: the library takes them away. */
  #ids() {
    return this.#users().map((user) => new UserId(user));
  }
}
