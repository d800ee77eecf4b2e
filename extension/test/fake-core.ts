import type { ConversationView, Core, Effects, View } from "../src/core/types";
import { member } from "./fake-views";

export function effects(change: Partial<Effects> = {}): Effects {
  return { writes: [], socket: null, outgoing: [], changed: false, notices: [], wakeAt: null, ...change };
}

export function coreError(code: string): Error {
  return Object.assign(new Error(`refused: ${code}`), { code });
}

/** A core that does nothing until told what to answer; remembers its calls. */
export class FakeCore implements Core {
  readonly calls: string[] = [];
  next: Effects = effects();
  error: Error | null = null;
  freed = false;
  now: View = member();

  #answer(call: string): Effects {
    this.calls.push(call);
    if (this.error !== null) throw this.error;
    const answer = this.next;
    this.next = effects();
    return answer;
  }

  start = () => this.#answer("start");
  join = (invite: string) => this.#answer(`join ${invite}`);
  sendText = (_user: string, text: string) => this.#answer(`send ${text}`);
  markRead = () => this.#answer("read");
  socketOpened = () => this.#answer("opened");
  socketMessage = (bytes: Uint8Array) => this.#answer(`message ${bytes.length}`);
  socketClosed = (code: number) => this.#answer(`closed ${code}`);
  tick = () => this.#answer("tick");
  hint = (kind: string) => this.#answer(`hint ${kind}`);
  view = () => this.now;
  conversation = (user: string): ConversationView => ({ user, messages: [] });
  free = () => {
    this.freed = true;
  };
}
