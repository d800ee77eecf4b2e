import type { StoredRecord, Write } from "../core/types";

const PREFIX = "core:";

/**
 * The core's records of this browser session: memory alone, extension pages alone; they outlive the background and go
 * with the browser. The store keeps JSON, so bytes are base64 there.
 */
export interface SessionRecords {
  all(): Promise<StoredRecord[]>;
  commit(writes: readonly Write[]): Promise<void>;
}

export function sessionRecords(
  area: Pick<chrome.storage.StorageArea, "get" | "set" | "remove">,
): SessionRecords {
  return {
    async all() {
      const stored: Record<string, unknown> = await area.get(null);
      return Object.entries(stored).flatMap(([key, value]) =>
        key.startsWith(PREFIX) && typeof value === "string"
          ? [{ key: key.slice(PREFIX.length), value: fromBase64(value) }]
          : [],
      );
    },
    async commit(writes) {
      const last = new Map(writes.map(({ key, value }) => [PREFIX + key, value]));
      const gone = [...last].flatMap(([key, value]) => (value === null ? [key] : []));
      const kept = [...last].flatMap(([key, value]) => (value === null ? [] : [[key, toBase64(value)]]));
      // What is to be forgotten goes first: a lock must not fail because something else could not be kept.
      if (gone.length > 0) await area.remove(gone);
      if (kept.length > 0) await area.set(Object.fromEntries(kept));
    },
  };
}

export function openSessionRecords(): SessionRecords {
  return sessionRecords(chrome.storage.session);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
