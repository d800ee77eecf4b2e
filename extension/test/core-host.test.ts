import { beforeEach, expect, test } from "vitest";
import { CoreHost, type HostState } from "../src/background/core-host";
import type { Write } from "../src/core/types";
import { coreError, effects, type FakeCore, fakeCore } from "./fake-core";

let log: string[];
let cores: FakeCore[];
let states: HostState[];
let host: CoreHost;
let commit: (writes: readonly Write[]) => Promise<void>;
let stretched: (output: Uint8Array | null) => void;
let prepare: (core: FakeCore) => void;
let loaded: string[];
const write = { key: "outbox", value: new Uint8Array([1]) };

beforeEach(() => {
  log = [];
  loaded = [];
  cores = [];
  states = [];
  prepare = () => undefined;
  commit = async () => undefined;
  host = new CoreHost({
    soleWriter: async () => void log.push("lock"),
    loadCore: async () => () => {
      const core = fakeCore();
      prepare(core);
      cores.push(core);
      return core;
    },
    openRecords: async () => ({
      all: async () => {
        loaded.push("records");
        return [];
      },
      commit: async (writes) => {
        await commit(writes);
        log.push(`commit ${writes.map((w) => w.key)}`);
      },
    }),
    session: {
      all: async () => {
        loaded.push("session");
        return [];
      },
      commit: async (writes) => void log.push(`session ${writes.map((w) => w.key)}`),
    },
    stretch: (job, done) => {
      log.push(`stretch ${job.id}`);
      stretched = done;
      return { cancel: () => void log.push(`cancel ${job.id}`) };
    },
    socket: {
      connect: (url) => void log.push(`connect ${url}`),
      send: (frames) => void log.push(`send ${frames.map((f) => f[0])}`),
      close: () => void log.push("close"),
    },
    wakeAt: (at) => void log.push(`wake ${at}`),
    publish: (state) => {
      states.push(state);
      log.push("publish");
    },
    now: () => 1000,
  });
});

async function opened(): Promise<FakeCore> {
  await host.command((core, now) => core.tick(now));
  log.length = 0;
  return cores.at(-1) as FakeCore;
}

test("the lock is taken before the records are opened", async () => {
  await host.command((core, now) => core.tick(now));
  expect(log[0]).toBe("lock");
  expect(cores[0]?.calls).toEqual(["start", "tick"]);
});

test("effects are carried out in their order: disk, session, socket, frames, view, stretch, timer", async () => {
  const core = await opened();
  core.next = effects({
    writes: [write],
    sessionWrites: [{ key: "vault", value: new Uint8Array([2]) }],
    stretch: job(1),
    socket: { connect: "ws://relay" },
    outgoing: [new Uint8Array([7]), new Uint8Array([8])],
    changed: true,
    wakeAt: 5000,
  });
  await host.command((c, now) => c.sendText("u", "hello", now));
  expect(log).toEqual([
    "commit outbox",
    "session vault",
    "connect ws://relay",
    "send 7,8",
    "publish",
    "stretch 1",
    "wake 5000",
  ]);
});

/** A disk that has begun to write and does not finish before `release`. */
function stall(): { started: Promise<void>; release: () => void } {
  let release = () => {};
  const started = new Promise<void>((begun) => {
    commit = () =>
      new Promise((done) => {
        release = done;
        begun();
      });
  });
  return { started, release: () => release() };
}

test("nothing is sent while the commit is under way, and the next call waits for it", async () => {
  const core = await opened();
  const disk = stall();
  core.next = effects({ writes: [write], outgoing: [new Uint8Array([7])] });
  const first = host.command((c, now) => c.sendText("u", "one", now));
  const second = host.command((c, now) => c.sendText("u", "two", now));
  await disk.started;
  expect(log).toEqual([]);
  expect(core.calls).not.toContain("sendText u two");
  disk.release();
  await Promise.all([first, second]);
  expect(log.slice(0, 2)).toEqual(["commit outbox", "send 7"]);
  expect(core.calls).toContain("sendText u two");
});

test("a failed commit sends nothing, closes the socket, drops the core and says why", async () => {
  const core = await opened();
  commit = async () => Promise.reject(Object.assign(new Error("disk"), { code: "storage_full" }));
  core.next = effects({ writes: [write], outgoing: [new Uint8Array([7])], changed: true });
  await expect(host.command((c, now) => c.sendText("u", "x", now))).rejects.toMatchObject({
    code: "storage_full",
  });
  expect(log).toEqual(["close", "publish", "wake 2000"]);
  expect(core.freed).toBe(true);
  expect(states.at(-1)).toMatchObject({ view: null, fault: { code: "storage_full" } });
});

test("after a failed commit the next call opens a new core from the records and clears the fault", async () => {
  const core = await opened();
  commit = async () => Promise.reject(new Error("disk"));
  core.next = effects({ writes: [write] });
  await expect(host.command((c, now) => c.sendText("u", "x", now))).rejects.toThrow();
  commit = async () => undefined;
  await host.command((c, now) => c.tick(now));
  expect(cores).toHaveLength(2);
  expect(cores[1]?.calls).toEqual(["start", "tick"]);
  expect(states.at(-1)?.fault).toBeNull();
});

test("reopening that keeps failing waits longer each time", async () => {
  prepare = () => {
    throw coreError("storage_damaged");
  };
  for (let i = 0; i < 3; i++) await expect(host.command((c, now) => c.tick(now))).rejects.toThrow();
  expect(log.filter((line) => line.startsWith("wake"))).toEqual(["wake 2000", "wake 3000", "wake 5000"]);
});

test("a refused command is told to the caller and changes nothing", async () => {
  const core = await opened();
  core.error = coreError("text_too_long");
  await expect(host.command((c, now) => c.sendText("u", "x", now))).rejects.toMatchObject({
    code: "text_too_long",
  });
  expect(log).toEqual([]);
  expect(core.freed).toBe(false);
});

test.each([new Error("unreachable"), coreError("broken")])(
  "a trap in the core (%s) drops it",
  async (error) => {
    const core = await opened();
    core.error = error;
    await expect(host.command((c, now) => c.sendText("u", "x", now))).rejects.toThrow();
    expect(core.freed).toBe(true);
  },
);

test("a gateway that floods a stalled disk is cut off and the core hears of it", async () => {
  const core = await opened();
  const disk = stall();
  core.next = effects({ writes: [write] });
  for (let i = 0; i < 2100; i++) host.event((c, now) => c.socketMessage(new Uint8Array(1), now));
  await disk.started;
  expect(log).toContain("close");
  disk.release();
  await expect.poll(() => core.calls.at(-1)).toBe("socketClosed 1006");
  expect(core.calls.filter((call) => call.startsWith("socketMessage"))).toHaveLength(2000);
});

function job(id: number) {
  return { id, input: new Uint8Array(1), salt: new Uint8Array(16), memoryKib: 8, passes: 1, length: 32 };
}

test.each([
  [new Uint8Array(32), "stretched 1 32 bytes"],
  [null, "stretchFailed 1"],
])("what a stretch gives goes back to the core", async (output, call) => {
  const core = await opened();
  core.next = effects({ stretch: job(1) });
  await host.command((c, now) => c.unlock("secret", now));
  stretched(output);
  await expect.poll(() => core.calls.at(-1)).toBe(call);
});

test("a newer stretch cancels the older one, and so does a dropped core", async () => {
  const core = await opened();
  for (const id of [1, 2]) {
    core.next = effects({ stretch: job(id) });
    await host.command((c, now) => c.unlock("secret", now));
  }
  expect(log.filter((line) => /stretch|cancel/.test(line))).toEqual(["stretch 1", "cancel 1", "stretch 2"]);
  core.error = coreError("broken");
  await expect(host.command((c, now) => c.lock(now))).rejects.toThrow();
  expect(log).toContain("cancel 2");
});

test("a question is answered and changes nothing; a refusal keeps the core", async () => {
  const core = await opened();
  expect(await host.ask((c) => c.recoveryKit())).toMatchObject({ office: "Hilltop Pharmacy" });
  core.error = coreError("no_office_key");
  await expect(host.ask((c) => c.recoveryKit())).rejects.toMatchObject({ code: "no_office_key" });
  expect(log).toEqual([]);
  expect(core.freed).toBe(false);
});

test("a core that was locked or unlocked is freed after its effects, and the next one opened from what is stored", async () => {
  const core = await opened();
  core.next = effects({
    sessionWrites: [{ key: "vault", value: null }],
    socket: "close",
    changed: true,
    reopen: true,
    wakeAt: 9000,
  });
  await host.command((c, now) => c.lock(now));
  expect(core.freed).toBe(true);
  expect(cores).toHaveLength(2);
  expect(cores[1]?.calls).toEqual(["start"]);
  expect(log).toEqual(["session vault", "close", "lock", "publish", "wake null"]);
  expect(states.at(-1)?.fault).toBeNull();
  await host.command((c, now) => c.tick(now));
  expect(cores[1]?.calls).toEqual(["start", "tick"]);
});

test("what was stored is read anew for the next core, on disk and in the session", async () => {
  const core = await opened();
  loaded.length = 0;
  core.next = effects({ reopen: true });
  await host.command((c, now) => c.lock(now));
  expect(loaded).toEqual(["records", "session"]);
});

test("a core whose start asks for another gets another, and the call goes to the last", async () => {
  let starts = 0;
  prepare = (core) => {
    starts += 1;
    if (starts === 1) core.next = effects({ reopen: true });
  };
  await host.command((c, now) => c.tick(now));
  expect(cores.map((core) => core.calls)).toEqual([["start"], ["start", "tick"]]);
  expect(cores[0]?.freed).toBe(true);
});

test("a stretch of a core that is gone is cancelled", async () => {
  const core = await opened();
  core.next = effects({ stretch: job(1) });
  await host.command((c, now) => c.unlock("secret", now));
  core.next = effects({ reopen: true });
  await host.command((c, now) => c.lock(now));
  expect(log).toContain("cancel 1");
});

test("what an earlier socket said is not told after it was closed or replaced", async () => {
  const core = await opened();
  const disk = stall();
  core.next = effects({ writes: [write], socket: { connect: "ws://other" } });
  host.fromSocket((c, now) => c.socketMessage(new Uint8Array(1), now));
  host.fromSocket((c, now) => c.socketMessage(new Uint8Array(2), now));
  await disk.started;
  disk.release();
  await host.command((c, now) => c.tick(now));
  host.fromSocket((c, now) => c.socketMessage(new Uint8Array(3), now));
  await expect.poll(() => core.calls.at(-1)).toBe("socketMessage 3 bytes");
  expect(core.calls).toEqual(["start", "tick", "socketMessage 1 bytes", "tick", "socketMessage 3 bytes"]);
});

test("what changed is published although all that waited behind it was for a socket that is gone", async () => {
  const core = await opened();
  const disk = stall();
  core.next = effects({ writes: [write], socket: "close", changed: true });
  const published = states.length;
  host.fromSocket((c, now) => c.socketMessage(new Uint8Array(1), now));
  host.fromSocket((c, now) => c.socketClosed(1000, now));
  await disk.started;
  disk.release();
  await expect.poll(() => states.length).toBe(published + 1);
  expect(core.calls).toEqual(["start", "tick", "socketMessage 1 bytes"]);
});
