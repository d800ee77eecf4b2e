// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import type { PanelCommand } from "../src/messages/panel";
import { PortBackend } from "../src/panel/port-backend";
import { FakePort } from "./fake-port";
import { ana, member, talk } from "./fake-views";

let ports: FakePort<PanelCommand>[];
let backend: PortBackend;
const target = `user:${ana.user}`;
const port = (n: number) => ports[n] as FakePort<PanelCommand>;

beforeEach(() => {
  vi.useFakeTimers();
  ports = [];
  backend = new PortBackend("first", () => {
    const made = new FakePort<PanelCommand>();
    ports.push(made);
    return made;
  });
  backend.start();
});

test("the first word is the token", () => {
  expect(port(0).said).toEqual([{ kind: "hello", token: "first" }]);
});

test("after the background was ended it comes back with the next token and watches on", () => {
  port(0).tell({ kind: "welcome", next: "second" });
  backend.watch(target);
  port(0).die();
  vi.advanceTimersByTime(100);
  expect(port(1).said).toEqual([
    { kind: "hello", token: "second" },
    { kind: "watch", target },
  ]);
});

test("what is on screen stays while the background is away", () => {
  const states = vi.fn();
  port(0).tell({ kind: "welcome", next: null });
  backend.watch(target);
  port(0).tell({ kind: "state", view: member(), fault: null, conversation: talk });
  backend.subscribe(states);
  port(0).die();
  expect(states.mock.lastCall?.[0]).toMatchObject({ access: "granted", conversation: talk });
});

test("a send whose answer is lost says so instead of waiting for ever", async () => {
  const sent = backend.do("sendText", target, "hi");
  port(0).die();
  expect(await sent).toMatchObject({ code: "lost_background" });
});

test("what is asked while the background is away is asked once it is back", () => {
  port(0).tell({ kind: "welcome", next: null });
  port(0).die();
  backend.do("sendText", target, "hi");
  vi.advanceTimersByTime(100);
  expect(port(1).said.at(-1)).toEqual({
    kind: "do",
    id: 0,
    command: "sendText",
    args: [target, "hi"],
  });
});

test("answers find their question", async () => {
  const first = backend.do("sendText", target, "a");
  const second = backend.do("join", "b");
  port(0).tell({ kind: "done", id: 1, error: { code: "invite_used", message: "" } });
  port(0).tell({ kind: "done", id: 0, error: null });
  expect(await Promise.all([first, second])).toEqual([null, { code: "invite_used", message: "" }]);
});

test("a late picture of another conversation is not shown", () => {
  const states = vi.fn();
  backend.watch(`user:${"b".repeat(32)}`);
  port(0).tell({ kind: "state", view: member(), fault: null, conversation: talk });
  backend.subscribe(states);
  expect(states.mock.lastCall?.[0].conversation).toBeNull();
});

test("once refused it does not knock again", () => {
  port(0).tell({ kind: "refused" });
  port(0).die();
  vi.advanceTimersByTime(60_000);
  expect(ports).toHaveLength(1);
});

test("a question resolves with its answer or its problem", async () => {
  const kit = backend.ask("recoveryKit");
  const number = backend.ask("safetyNumber", ana.user);
  port(0).tell({ kind: "done", id: 0, error: null, result: { office: "Hilltop" } });
  port(0).tell({ kind: "done", id: 1, error: { code: "unknown_person", message: "" } });
  expect(await kit).toEqual({ problem: null, value: { office: "Hilltop" } });
  expect(await number).toEqual({ problem: { code: "unknown_person", message: "" }, value: null });
});
