import { connect, createServer } from "node:net";

/**
 * Stands between two programs, passes every byte on and shows it to `record`. It can also fall silent, as a
 * cable that was pulled: connections stay open and nothing comes through any more.
 */
export class TcpProxy {
  static async listen({ to, port = 0, record = () => new Recorder() }) {
    const proxy = new TcpProxy(to, record);
    await new Promise((resolve, reject) => {
      proxy.#server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    return proxy;
  }

  #server;
  #sockets = new Set();
  #silent = false;

  constructor(to, record) {
    this.#server = createServer((client) => this.#carry(client, connect(to, "127.0.0.1"), record()));
  }

  get port() {
    return this.#server.address().port;
  }

  /** The network is gone and nobody is told. */
  fallSilent() {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** The network is back; what hung in the silence is gone. */
  speak() {
    this.#silent = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(client, server, recorder) {
    this.#pass(client, server, (bytes) => recorder.fromClient(bytes));
    this.#pass(server, client, (bytes) => recorder.fromServer(bytes));
    if (this.#silent) {
      client.pause();
      server.pause();
    }
  }

  #pass(from, to, tap) {
    this.#sockets.add(from);
    from.on("data", (bytes) => {
      tap(bytes);
      to.write(bytes);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.end();
    });
  }
}

/** Keeps what both sides said, in memory; the conversations of a test are short. */
export class Recorder {
  #client = [];
  #server = [];

  fromClient(bytes) {
    this.#client.push(bytes);
  }

  fromServer(bytes) {
    this.#server.push(bytes);
  }

  get client() {
    return Buffer.concat(this.#client);
  }

  get server() {
    return Buffer.concat(this.#server);
  }
}
