import type { StoredRecord, Write } from "../core/types";

const DATABASE = "crmplus-chat";
/** Raise with each change of shape and add the step to `upgrade`. */
const SCHEMA_VERSION = 2;
const STORE = "records";
/** Holds one number: whose turn it is to write. */
const WRITER = "writer";

/** Where the core's records live. Values are opaque here: only the core knows what they mean. */
export interface Records {
  /** All of them. From now on, nobody who read them earlier can commit. */
  all(): Promise<StoredRecord[]>;
  /** All or nothing, and on disk when the promise resolves. */
  commit(writes: readonly Write[]): Promise<void>;
}

export async function openRecords(factory: IDBFactory = indexedDB): Promise<Records> {
  let database = await open(factory);
  let usable = true;
  // The lock lets one background write; should it ever let two, the number does not: two writers of one ratchet
  // state would destroy it.
  let turn = 0;

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
      const transaction = (await connection()).transaction([STORE, WRITER], "readwrite", {
        durability: "strict",
      });
      const done = finished(transaction);
      const rows = transaction.objectStore(STORE).getAll() as IDBRequest<StoredRecord[]>;
      let mine = 0;
      whoseTurn(transaction, (last) => {
        mine = last + 1;
        transaction.objectStore(WRITER).put(mine, WRITER);
      });
      await done;
      turn = mine;
      return rows.result;
    },
    async commit(writes) {
      if (writes.length === 0) return;
      const transaction = (await connection()).transaction([STORE, WRITER], "readwrite", {
        durability: "strict",
      });
      const done = finished(transaction);
      const store = transaction.objectStore(STORE);
      whoseTurn(transaction, (last) => {
        if (last !== turn) return abort(transaction);
        try {
          for (const { key, value } of writes) {
            if (value === null) store.delete(key);
            else store.put({ key, value });
          }
        } catch {
          // The transaction ended under us; `done` says why.
          abort(transaction);
        }
      });
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
  if (from < 2) database.createObjectStore(WRITER);
}

function whoseTurn(transaction: IDBTransaction, then: (last: number) => void): void {
  const request = transaction.objectStore(WRITER).get(WRITER) as IDBRequest<number | undefined>;
  request.onsuccess = () => then(request.result ?? 0);
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
