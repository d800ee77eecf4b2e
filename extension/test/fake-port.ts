import type { PortLike, SenderLike } from "../src/messages/sender";

/** One end of a port, the other end being the test. */
export class FakePort<Said> implements PortLike {
  readonly name = "panel";
  readonly said: Said[] = [];
  readonly sender: SenderLike | undefined;
  gone = false;
  #take: ((message: unknown) => void)[] = [];
  #ended: (() => void)[] = [];
  readonly onMessage = {
    addListener: (take: (message: unknown) => void) => {
      this.#take.push(take);
    },
  };
  readonly onDisconnect = {
    addListener: (ended: () => void) => {
      this.#ended.push(ended);
    },
  };

  constructor(sender?: SenderLike) {
    this.sender = sender;
  }

  postMessage(message: unknown): void {
    this.said.push(message as Said);
  }

  disconnect(): void {
    this.gone = true;
  }

  /** The other side speaks. */
  tell(message: unknown): void {
    for (const take of this.#take) take(message);
  }

  /** The other side ends. */
  die(): void {
    for (const ended of this.#ended) ended();
  }
}
