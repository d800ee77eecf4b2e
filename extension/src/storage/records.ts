import type { StoredRecord, Write } from "../core/types";

const DATABASE = "crmplus-chat";
/** Raise with each change of shape and add the step to `upgrade`. */
const SCHEMA_VERSION = 1;
const STORE = "records";

/** Where the core's records live. Values are opaque here: only the core knows what they mean. */
export interface Records {
  all(): Promise<StoredRecord[]>;
  /** All or nothing, and on disk when the promise resolves. */
  commit(writes: readonly Write[]): Promise<void>;
}

export async function openRecords(factory: IDBFactory = indexedDB): Promise<Records> {
  let database = await open(factory);
  let usable = true;

  // Site data cleared or a newer version waiting: this connection is over, the next use opens another.
  function adopt(opened: IDBDatabase): IDBDatabase {
    usable = true;
    opened.onversionchange = () => {
      usable = false;
      opened.close();
    };
    opened.onclose = () => {
      usable = false;
    };
    return opened;
  }
  adopt(database);

  async function connection(): Promise<IDBDatabase> {
    if (!usable) database = adopt(await open(factory));
    return database;
  }

  return {
    async all() {
      const transaction = (await connection()).transaction(STORE, "readonly");
      const rows = transaction.objectStore(STORE).getAll() as IDBRequest<StoredRecord[]>;
      await finished(transaction);
      return rows.result;
    },
    async commit(writes) {
      if (writes.length === 0) return;
      const transaction = (await connection()).transaction(STORE, "readwrite", { durability: "strict" });
      const done = finished(transaction);
      const store = transaction.objectStore(STORE);
      try {
        for (const { key, value } of writes) {
          if (value === null) store.delete(key);
          else store.put({ key, value });
        }
      } catch {
        // The transaction ended under us; `done` says why.
        abort(transaction);
      }
      await done;
    },
  };
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(DATABASE, SCHEMA_VERSION);
    request.onupgradeneeded = (event) => upgrade(request.result, event.oldVersion);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new StorageError("open", request.error));
    request.onblocked = () => reject(new StorageError("open", null));
  });
}

function upgrade(database: IDBDatabase, from: number): void {
  if (from < 1) database.createObjectStore(STORE, { keyPath: "key" });
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It is over already.
  }
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(new StorageError("commit", transaction.error));
  });
}

/** Says what could not be done and the browser's reason (`QuotaExceededError`...), never a key or a value. */
export class StorageError extends Error {
  readonly code: "storage_full" | "storage_failed";

  constructor(step: "open" | "commit", cause: DOMException | null) {
    super(`IndexedDB ${step} failed: ${cause?.name ?? "aborted"}`);
    this.name = "StorageError";
    this.code = cause?.name === "QuotaExceededError" ? "storage_full" : "storage_failed";
  }
}
