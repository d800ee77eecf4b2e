import type {
  ConversationView,
  Core,
  Effects,
  ImportedPeople,
  Kit,
  SafetyNumber,
  View,
} from "../src/core/types";
import { kit, member } from "./fake-views";

export function effects(change: Partial<Effects> = {}): Effects {
  return {
    writes: [],
    sessionWrites: [],
    socket: null,
    outgoing: [],
    changed: false,
    notices: [],
    stretch: null,
    reopen: false,
    wakeAt: null,
    ...change,
  };
}

export function coreError(code: string): Error {
  return Object.assign(new Error(`refused: ${code}`), { code });
}

const looks = {
  view: (core: FakeCalls) => core.now,
  conversation: (_: FakeCalls, target: string): ConversationView => ({
    with: target,
    messages: [],
    blocked: null,
  }),
  recoveryKit: (): Kit => kit,
  safetyNumber: (): SafetyNumber => ({ groups: ["12345"], text: "12345", qr: kit.qr }),
  readPeople: (): ImportedPeople => ({ people: [], errors: [] }),
};

class FakeCalls {
  readonly calls: string[] = [];
  next: Effects = effects();
  error: Error | null = null;
  freed = false;
  now: View = member();

  turn(name: string, args: readonly unknown[]): Effects {
    // The last argument is the time.
    const said = args
      .slice(0, -1)
      .map((arg) => (arg instanceof Uint8Array ? `${arg.length} bytes` : String(arg)));
    this.calls.push([name, ...said].join(" "));
    if (this.error !== null) throw this.error;
    const answer = this.next;
    this.next = effects();
    return answer;
  }
}

export type FakeCore = FakeCalls & Core;

/** A core that does nothing until told what to answer; remembers its calls as "name argument argument". */
export function fakeCore(): FakeCore {
  return new Proxy(new FakeCalls(), {
    get(calls, name: string) {
      if (name === "free") {
        return () => {
          calls.freed = true;
        };
      }
      if (Object.hasOwn(looks, name)) {
        return (...args: [string]) => {
          if (calls.error !== null) throw calls.error;
          return looks[name as keyof typeof looks](calls, ...args);
        };
      }
      if (name in calls) return Reflect.get(calls, name);
      // A promise would ask for `then`.
      return name === "then" ? undefined : (...args: unknown[]) => calls.turn(name, args);
    },
  }) as FakeCore;
}
