import { IDBFactory, IDBObjectStore } from "fake-indexeddb";
import { beforeEach, expect, test, vi } from "vitest";
import { openRecords, type Records, StorageError } from "../src/storage/records";

let factory: IDBFactory;
let records: Records;
const bytes = (...values: number[]) => new Uint8Array(values);

beforeEach(async () => {
  factory = new IDBFactory();
  records = await openRecords(factory);
});

test("a fresh profile has no records", async () => {
  expect(await records.all()).toEqual([]);
});

test("committed records are there after the background was ended", async () => {
  await records.commit([
    { key: "a", value: bytes(1) },
    { key: "b", value: bytes(2) },
  ]);
  await records.commit([{ key: "a", value: null }]);
  const again = await openRecords(factory);
  expect(await again.all()).toEqual([{ key: "b", value: bytes(2) }]);
});

test("a commit is all or nothing", async () => {
  await records.commit([{ key: "a", value: bytes(1) }]);
  const put = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
    this: IDBObjectStore,
    value: unknown,
  ) {
    if ((value as { key: string }).key === "c") this.transaction.abort();
    return put.call(this, value);
  });
  const writes = ["b", "c"].map((key) => ({ key, value: bytes(9) }));
  await expect(records.commit(writes)).rejects.toThrow();
  vi.restoreAllMocks();
  expect(await records.all()).toEqual([{ key: "a", value: bytes(1) }]);
});

test("of two backgrounds only the one that read last can write", async () => {
  await records.all();
  await records.commit([{ key: "a", value: bytes(1) }]);
  const second = await openRecords(factory);
  await second.all();
  await expect(records.commit([{ key: "a", value: bytes(2) }])).rejects.toMatchObject({
    code: "storage_failed",
  });
  await second.commit([{ key: "b", value: bytes(3) }]);
  // The first may go on once it has read what there is.
  expect(await records.all()).toEqual([
    { key: "a", value: bytes(1) },
    { key: "b", value: bytes(3) },
  ]);
  await records.commit([{ key: "a", value: bytes(4) }]);
  await expect(second.commit([{ key: "b", value: null }])).rejects.toThrow();
});

test("a profile of the version before gets its number", async () => {
  const older = new IDBFactory();
  await new Promise((resolve) => {
    const request = older.open("crmplus-chat", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("records", { keyPath: "key" });
    request.onsuccess = () => {
      request.result
        .transaction("records", "readwrite")
        .objectStore("records")
        .put({ key: "a", value: bytes(1) });
      request.result.close();
      resolve(undefined);
    };
  });
  const again = await openRecords(older);
  expect(await again.all()).toEqual([{ key: "a", value: bytes(1) }]);
  await again.commit([{ key: "a", value: null }]);
  expect(await again.all()).toEqual([]);
});

test("commits ask for strict durability", async () => {
  const { IDBDatabase } = await import("fake-indexeddb");
  const transaction = vi.spyOn(IDBDatabase.prototype, "transaction");
  await records.commit([{ key: "a", value: bytes(1) }]);
  expect(transaction.mock.calls.at(-1)?.[2]).toEqual({ durability: "strict" });
});

test("a connection that the browser took away is opened again", async () => {
  await records.commit([{ key: "a", value: bytes(1) }]);
  await new Promise((resolve) => {
    const gone = factory.deleteDatabase("crmplus-chat");
    gone.onsuccess = resolve;
  });
  expect(await records.all()).toEqual([]);
});

test("a full disk has its own code", () => {
  expect(new StorageError("commit", new DOMException("", "QuotaExceededError")).code).toBe("storage_full");
  expect(new StorageError("commit", new DOMException("", "UnknownError")).code).toBe("storage_failed");
});
