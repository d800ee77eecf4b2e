import { connect } from "node:net";
import { within } from "../wait.mjs";

/** Name and password of the all-seeing user that `nats-server.mjs` adds to the office of the tap test. */
export const TAP_USER = { user: "tap", pass: "sees-everything" };

/** A client of the bus in a few lines: what it receives is kept as it came, byte for byte. */
export class BusTap {
  static async connect(port, subject = null) {
    const tap = new BusTap(connect(port, "127.0.0.1"));
    await tap.#open(subject);
    return tap;
  }

  #socket;
  #received = [];
  #pong = null;

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
  }

  get received() {
    return Buffer.concat(this.#received);
  }

  /** Publishes in clear and waits until the server has it. */
  async publish(subject, payload, reply = "") {
    const body = Buffer.from(payload);
    this.#socket.write(
      Buffer.concat([Buffer.from(`PUB ${subject} ${reply} ${body.length}\r\n`), body, Buffer.from("\r\n")]),
    );
    await this.#flush();
  }

  close() {
    this.#socket.destroy();
  }

  async #open(subject) {
    const options = { ...TAP_USER, verbose: false, pedantic: false, headers: true, no_responders: true };
    this.#socket.write(`CONNECT ${JSON.stringify(options)}\r\n`);
    if (subject !== null) this.#socket.write(`SUB ${subject} 1\r\n`);
    await this.#flush();
  }

  #flush() {
    const pong = new Promise((resolve, reject) => {
      this.#pong = resolve;
      this.#socket.once("close", () =>
        reject(new Error(`the bus hung up: ${this.received.toString("latin1").slice(-200)}`)),
      );
    });
    this.#socket.write("PING\r\n");
    return within(5_000, "an answer of the bus", pong);
  }

  #take(bytes) {
    this.#received.push(bytes);
    // Our own PING is answered; the server's must be.
    const text = bytes.toString("latin1");
    if (/(^|\r\n)PONG\r\n/.test(text)) this.#pong?.();
    if (/(^|\r\n)PING\r\n/.test(text)) this.#socket.write("PONG\r\n");
  }
}
