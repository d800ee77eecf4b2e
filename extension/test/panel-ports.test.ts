import { beforeEach, expect, test } from "vitest";
import type { HostState } from "../src/background/core-host";
import { PanelPorts } from "../src/background/panel-ports";
import { PanelTokens } from "../src/background/panel-tokens";
import type { PanelNews } from "../src/messages/panel";
import type { SenderLike } from "../src/messages/sender";
import { coreError, FakeCore } from "./fake-core";
import { FakePort } from "./fake-port";
import { ana, member } from "./fake-views";

const self = { id: "ours", origin: "chrome-extension://ours" };
const framed: SenderLike = {
  id: "ours",
  url: "chrome-extension://ours/panel.html",
  frameId: 3,
  tab: { id: 7 },
};
const inWindow: SenderLike = { ...framed, frameId: 0, tab: { id: 9, windowId: 1 } };

class PanelEnd extends FakePort<PanelNews> {
  kinds = () => this.said.map((news) => news.kind);
}

let core: FakeCore;
let tokens: PanelTokens;
let ports: PanelPorts;
let clock: number;
let closed: number[];

beforeEach(() => {
  clock = 1000;
  closed = [];
  core = new FakeCore();
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
  port.tell({ kind: "send", id: 1, user: ana.user, text: "hi" });
  await expect.poll(() => port.gone).toBe(true);
  expect(core.calls).toEqual([]);
});

test("a stranger's port is closed at once", () => {
  expect(connect({ ...inWindow, id: "theirs" }).gone).toBe(true);
});

test("a send is answered when it is on disk", async () => {
  const port = await admitted();
  port.tell({ kind: "send", id: 5, user: ana.user, text: "hi" });
  await expect.poll(() => port.said.at(-1)).toEqual({ kind: "done", id: 5, error: null });
  expect(core.calls).toEqual(["send hi"]);
});

test("a refusal comes back with its code", async () => {
  const port = await admitted();
  core.error = coreError("invite_used");
  port.tell({ kind: "join", id: 6, invite: "x" });
  await expect
    .poll(() => port.said.at(-1))
    .toEqual({ kind: "done", id: 6, error: { code: "invite_used", message: "refused: invite_used" } });
});

test("who watches a conversation gets it with each state", async () => {
  const port = await admitted();
  port.tell({ kind: "watch", user: ana.user });
  await expect.poll(() => port.said.at(-1)).toMatchObject({ conversation: { user: ana.user } });
});

test("closing goes to the tab that the panel stands in", async () => {
  const token = await tokens.issue(7, "first");
  const port = connect(framed);
  port.tell({ kind: "hello", token });
  port.tell({ kind: "close" });
  await expect.poll(() => closed).toEqual([7]);
});
