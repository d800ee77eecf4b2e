import { beforeEach, expect, test } from "vitest";
import type { HostState } from "../src/background/core-host";
import { PanelPorts } from "../src/background/panel-ports";
import { PanelTokens } from "../src/background/panel-tokens";
import type { PanelNews } from "../src/messages/panel";
import type { SenderLike } from "../src/messages/sender";
import { coreError, type FakeCore, fakeCore } from "./fake-core";
import { FakePort } from "./fake-port";
import { ana, kit, member } from "./fake-views";

const self = { id: "ours", origin: "chrome-extension://ours" };
const framed: SenderLike = {
  id: "ours",
  url: "chrome-extension://ours/panel.html",
  frameId: 3,
  tab: { id: 7 },
};
const target = `user:${ana.user}`;
const inWindow: SenderLike = { ...framed, frameId: 0, tab: { id: 9, windowId: 1 } };

class PanelEnd extends FakePort<PanelNews> {
  kinds = () => this.said.map((news) => news.kind);
}

let core: FakeCore;
let tokens: PanelTokens;
let ports: PanelPorts;
let clock: number;
let closed: number[];
let printed: unknown[];

beforeEach(() => {
  clock = 1000;
  closed = [];
  printed = [];
  core = fakeCore();
  const session = new Map<string, unknown>();
  tokens = new PanelTokens(
    { read: async (key) => session.get(key), write: async (key, value) => void session.set(key, value) },
    () => clock,
  );
  const state: HostState = { view: member(), fault: null, conversation: (user) => core.conversation(user) };
  ports = new PanelPorts({
    self,
    tokens,
    command: async (action) => void action(core, clock),
    event: (action) => void action(core, clock),
    ask: async (question) => question(core),
    print: async (job) => void printed.push(job),
    active: () => void core.calls.push("active"),
    look: (look) => look(state),
    closePanel: (tab) => void closed.push(tab),
    openWindow: () => undefined,
  });
});

function connect(sender: SenderLike): PanelEnd {
  const port = new PanelEnd(sender);
  ports.accept(port);
  return port;
}

async function admitted(): Promise<PanelEnd> {
  const port = connect(inWindow);
  port.tell({ kind: "hello", token: null });
  await expect.poll(port.kinds).toContain("state");
  return port;
}

test("a window of our own is let in without a token", async () => {
  const port = await admitted();
  expect(port.kinds()).toEqual(["welcome", "state"]);
});

test("a frame is let in once per token and gets one to come back", async () => {
  const token = await tokens.issue(7, "first");
  const port = connect(framed);
  port.tell({ kind: "hello", token });
  await expect.poll(port.kinds).toEqual(["welcome", "state"]);
  const again = connect(framed);
  again.tell({ kind: "hello", token });
  await expect.poll(again.kinds).toEqual(["refused"]);
  const welcome = port.said[0];
  const back = connect(framed);
  back.tell({ kind: "hello", token: welcome?.kind === "welcome" ? welcome.next : null });
  await expect.poll(back.kinds).toEqual(["welcome", "state"]);
});

test.each(["none", "guessed", "of another tab", "too old"])(
  "a frame with a token %s sees nothing",
  async (which) => {
    const issued = await tokens.issue(which === "of another tab" ? 8 : 7, "first");
    if (which === "too old") clock += 60_001;
    const token = { none: null, guessed: "0".repeat(32) }[which] ?? (which === "none" ? null : issued);
    const port = connect(framed);
    port.tell({ kind: "hello", token });
    await expect.poll(() => port.gone).toBe(true);
    expect(port.kinds()).toEqual(["refused"]);
    ports.publish({ view: member(), fault: null, conversation: () => null });
    expect(port.kinds()).toEqual(["refused"]);
  },
);

test("commands before the hello are refused", async () => {
  const port = connect(framed);
  port.tell({ kind: "do", id: 1, command: "sendText", args: [target, "hi"] });
  await expect.poll(() => port.gone).toBe(true);
  expect(core.calls).toEqual([]);
});

test("a stranger's port is closed at once", () => {
  expect(connect({ ...inWindow, id: "theirs" }).gone).toBe(true);
});

test("a send is answered when it is on disk", async () => {
  const port = await admitted();
  port.tell({ kind: "do", id: 5, command: "sendText", args: [target, "hi"] });
  await expect.poll(() => port.said.at(-1)).toEqual({ kind: "done", id: 5, error: null });
  expect(core.calls).toEqual([`sendText ${target} hi`]);
});

test("a refusal comes back with its code", async () => {
  const port = await admitted();
  core.error = coreError("invite_used");
  port.tell({ kind: "do", id: 6, command: "join", args: ["x"] });
  await expect
    .poll(() => port.said.at(-1))
    .toEqual({ kind: "done", id: 6, error: { code: "invite_used", message: "refused: invite_used" } });
});

test("who watches a conversation gets it with each state", async () => {
  const port = await admitted();
  port.tell({ kind: "watch", target });
  await expect.poll(() => port.said.at(-1)).toMatchObject({ conversation: { with: target } });
});

test("closing goes to the tab that the panel stands in", async () => {
  const token = await tokens.issue(7, "first");
  const port = connect(framed);
  port.tell({ kind: "hello", token });
  port.tell({ kind: "close" });
  await expect.poll(() => closed).toEqual([7]);
});

test("a question is answered with its result", async () => {
  const port = await admitted();
  port.tell({ kind: "ask", id: 7, query: "recoveryKit", args: [] });
  await expect.poll(() => port.said.at(-1)).toEqual({ kind: "done", id: 7, error: null, result: kit });
});

test("printing and use of the panel reach the background", async () => {
  const port = await admitted();
  const job = { title: "Kit", pages: [] };
  port.tell({ kind: "print", id: 8, job });
  port.tell({ kind: "active" });
  await expect.poll(() => core.calls).toEqual(["active"]);
  expect(printed).toEqual([job]);
});
