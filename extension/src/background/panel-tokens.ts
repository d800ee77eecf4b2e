/** Long enough for a slow page to load the frame. */
const FIRST_USE_MS = 60_000;
/** For the same frame to come back after the background was restarted. */
const RETURN_MS = 12 * 60 * 60 * 1000;
const MOST_TOKENS = 64;
const KEY = "panel-tokens";

interface Token {
  token: string;
  tab: number;
  until: number;
}

export interface SessionStore {
  read(key: string): Promise<unknown>;
  write(key: string, value: unknown): Promise<void>;
}

/**
 * One-time numbers that let a framed panel in. Only our content script in the same tab can ask for one, so a
 * page that embeds the panel by itself stays outside. Kept in session memory to survive the worker.
 */
export class PanelTokens {
  readonly #store: SessionStore;
  readonly #now: () => number;
  #chain: Promise<unknown> = Promise.resolve();

  constructor(store: SessionStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  issue(tab: number, use: "first" | "return"): Promise<string> {
    return this.#alone(async (tokens) => {
      const token = randomHex(16);
      tokens.push({ token, tab, until: this.#now() + (use === "first" ? FIRST_USE_MS : RETURN_MS) });
      return [token, tokens.slice(-MOST_TOKENS)];
    });
  }

  /** True once per token, and only in the tab it was made for. */
  redeem(token: string, tab: number): Promise<boolean> {
    return this.#alone(async (tokens) => {
      const found = tokens.some((t) => t.token === token && t.tab === tab);
      return [found, found ? tokens.filter((t) => t.token !== token) : tokens];
    });
  }

  #alone<T>(step: (live: Token[]) => Promise<[T, Token[]]>): Promise<T> {
    const mine = this.#chain.then(async () => {
      const stored = await this.#store.read(KEY);
      const now = this.#now();
      const live = (Array.isArray(stored) ? (stored as Token[]) : []).filter((t) => t.until > now);
      const [result, rest] = await step(live);
      await this.#store.write(KEY, rest);
      return result;
    });
    this.#chain = mine.catch(() => undefined);
    return mine;
  }
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (b) =>
    b.toString(16).padStart(2, "0"),
  ).join("");
}
