import { expect, test, vi } from "vitest";
import { ActivityGate } from "../src/background/activity";
import { PrintJobs } from "../src/background/print-jobs";
import { fromOrder, toOrder } from "../src/messages/stretch";
import { passphraseFault } from "../src/panel/passphrase-rule";
import { sessionRecords } from "../src/platform/session-records";
import { offscreenStretcher } from "../src/platform/stretcher";
import { FakePort } from "./fake-port";

const self = { id: "ours", origin: "chrome-extension://ours" };
const sheet = { id: "ours", url: "chrome-extension://ours/sheet.html#x", frameId: 0, tab: { id: 3 } };
const job = {
  id: 1,
  input: new Uint8Array([1, 255]),
  salt: new Uint8Array(2),
  memoryKib: 8,
  passes: 1,
  length: 2,
};
const printed = { title: "Kit", pages: [] };

test("activity gets through every 20 s, and after the clock was set back", () => {
  const gate = new ActivityGate();
  expect([0, 19_999, 20_000, 5].map((now) => gate.pass(now))).toEqual([true, false, true, true]);
});

test("session records come back as they were, and others in the same memory are left alone", async () => {
  const kept: Record<string, unknown> = { "panel-tokens": [1] };
  const area = {
    get: async () => kept,
    set: async (items: object) => void Object.assign(kept, items),
    remove: async (keys: string[]) => {
      for (const key of keys) delete kept[key];
    },
  };
  const records = sessionRecords(area as never);
  const value = Uint8Array.from({ length: 256 }, (_, i) => i);
  await records.commit([{ key: "vault", value }]);
  // As the browser keeps it.
  expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
  expect(await records.all()).toEqual([{ key: "vault", value }]);
  await records.commit([{ key: "vault", value: null }]);
  expect(kept).toEqual({ "panel-tokens": [1] });
});

function printing() {
  let clock = 0;
  const numbers: string[] = [];
  const jobs = new PrintJobs({ self, openPage: async (n) => void numbers.push(n), now: () => clock });
  const ask = (number: unknown, sender: object = sheet) => {
    const port = new FakePort<unknown>(sender);
    jobs.accept(port);
    port.tell(number);
    return port;
  };
  return {
    jobs,
    numbers,
    ask,
    wait: (ms: number) => {
      clock += ms;
    },
  };
}

test("a print page gets its job once", async () => {
  const { jobs, numbers, ask } = printing();
  await jobs.open(printed);
  expect(numbers[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(ask(numbers[0]).said).toEqual([printed]);
  expect(ask(numbers[0]).said).toEqual([null]);
});

test("a print job is given to nobody else, under no other number, and not later", async () => {
  const { jobs, numbers, ask, wait } = printing();
  await jobs.open(printed);
  const framed = ask(numbers[0], { ...sheet, frameId: 4 });
  expect([framed.gone, framed.said]).toEqual([true, []]);
  expect(ask("0".repeat(32)).said).toEqual([null]);
  expect(ask(7).said).toEqual([null]);
  wait(60_000);
  expect(ask(numbers[0]).said).toEqual([null]);
});

test("orders of a stretch survive JSON", () => {
  expect(fromOrder(JSON.parse(JSON.stringify(toOrder(job))))).toEqual(job);
});

function offscreen() {
  const log: string[] = [];
  const stretcher = offscreenStretcher({
    open: async () => void log.push("open"),
    close: async () => void log.push("close"),
  });
  const arrive = () => {
    const port = new FakePort<{ id: number }>();
    stretcher.accept(port);
    return port;
  };
  return { log, stretcher, arrive };
}

test("a document is opened for a stretch, answers, and is closed", async () => {
  const { log, stretcher, arrive } = offscreen();
  const done = vi.fn();
  stretcher.run(job, done);
  await expect.poll(() => log).toEqual(["close", "open"]);
  const port = arrive();
  expect(port.said).toEqual([toOrder(job)]);
  port.tell({ id: 1, output: [7, 8] });
  expect(done.mock.calls).toEqual([[new Uint8Array([7, 8])]]);
  await expect.poll(() => log).toEqual(["close", "open", "close"]);
});

test("a document that dies is a failure; a cancelled one is nothing", async () => {
  const { log, stretcher, arrive } = offscreen();
  const done = vi.fn();
  stretcher.run(job, done);
  await expect.poll(() => log).toContain("open");
  arrive().die();
  expect(done.mock.calls).toEqual([[null]]);
  const second = stretcher.run({ ...job, id: 2 }, done);
  await expect.poll(() => log.filter((word) => word === "open")).toHaveLength(2);
  const port = arrive();
  second.cancel();
  port.tell({ id: 2, output: [1] });
  port.die();
  expect(done).toHaveBeenCalledOnce();
  expect(arrive().gone).toBe(true);
});

test.each([
  ["correct horse", null],
  ["eleven char", "short"],
  ["we go to sea", null],
  ["a b c d e f", "short"],
  ["one two six ten", null],
  ["            ", "short"],
  ["Ana Ruiz Ana Ruiz", "name"],
  ["ana-ruiz-2026!", "name"],
])("the passphrase %j for Ana Ruiz: %s", (passphrase, fault) => {
  expect(passphraseFault(passphrase, "Ana Ruiz")).toBe(fault);
});
