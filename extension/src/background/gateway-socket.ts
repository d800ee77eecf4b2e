/** Close code for a peer that does not speak our protocol (text instead of binary). */
const UNSUPPORTED_DATA = 1003;
/** What the core hears when the browser would not even make the socket. */
const ABNORMAL_CLOSURE = 1006;
/** A gateway that does not read: give up rather than hold ever more in memory. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

export interface SocketEvents {
  opened(): void;
  message(frame: Uint8Array): void;
  closed(code: number): void;
}

/**
 * The one WebSocket to the gateway. Events of a socket that was replaced or closed by us are not passed on,
 * so the core never hears about a connection it has already given up.
 */
export class GatewaySocket {
  readonly #events: SocketEvents;
  readonly #create: (url: string) => WebSocket;
  #socket: WebSocket | null = null;

  constructor(events: SocketEvents, create = (url: string) => new WebSocket(url)) {
    this.#events = events;
    this.#create = create;
  }

  connect(url: string): void {
    this.close();
    let socket: WebSocket;
    try {
      socket = this.#create(url);
    } catch {
      this.#events.closed(ABNORMAL_CLOSURE);
      return;
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (this.#socket === socket) this.#events.opened();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.#socket !== socket) return;
      if (data instanceof ArrayBuffer) this.#events.message(new Uint8Array(data));
      else this.#fail(UNSUPPORTED_DATA);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#events.closed(code);
    };
  }

  /** Frames for a socket that is gone are dropped: they are in the core's outbox and are offered again. */
  send(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      const socket = this.#socket;
      if (socket?.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
        this.#fail(ABNORMAL_CLOSURE);
        return;
      }
      socket.send(frame as Uint8Array<ArrayBuffer>);
    }
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** We end it, and the core has to know. */
  #fail(code: number): void {
    this.close();
    this.#events.closed(code);
  }
}
