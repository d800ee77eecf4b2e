import { expect, test } from "vitest";
import { badgeText, parseBadge } from "../src/messages/page";
import { parsePanelCommand } from "../src/messages/panel";
import {
  offscreenSender,
  pageSender,
  panelSender,
  type SenderLike,
  sheetSender,
} from "../src/messages/sender";

const self = { id: "ours", origin: "chrome-extension://ours" };
const user = "a".repeat(32);
const panel: SenderLike = {
  id: "ours",
  url: "chrome-extension://ours/panel.html#token",
  frameId: 4,
  tab: { id: 7, windowId: 2 },
};
const page: SenderLike = { id: "ours", url: "https://app.mtncarerx.com/v2/x", frameId: 0, tab: { id: 7 } };

test("the panel in a frame and in its own tab are told apart", () => {
  expect(panelSender(panel, self)).toEqual({ tabId: 7, windowId: 2, framed: true });
  expect(panelSender({ ...panel, frameId: 0 }, self)?.framed).toBe(false);
});

test.each([
  ["nobody", undefined],
  ["another extension", { ...panel, id: "theirs" }],
  ["our content script", { ...panel, url: "https://app.mtncarerx.com/panel.html" }],
  ["another page of ours", { ...panel, url: "chrome-extension://ours/other.html" }],
  ["another extension's panel", { ...panel, url: "chrome-extension://theirs/panel.html" }],
  ["no tab", { ...panel, tab: undefined }],
  ["no url", { ...panel, url: undefined }],
])("%s is not the panel", (_who, sender) => {
  expect(panelSender(sender, self)).toBeNull();
});

test("our content script in the CRM page is known by its tab", () => {
  expect(pageSender(page, self)).toBe(7);
  expect(pageSender({ ...page, url: "http://app.mtncarerx.com:7422/" }, self)).toBe(7);
});

test.each([
  ["a frame inside the page", { ...page, frameId: 3 }],
  ["another site", { ...page, url: "https://example.com/" }],
  ["a site that looks alike", { ...page, url: "https://app.mtncarerx.com.evil.example/" }],
  ["another extension", { ...page, id: "theirs" }],
  ["a file", { ...page, url: "file:///app.mtncarerx.com" }],
])("%s is not our content script", (_who, sender) => {
  expect(pageSender(sender, self)).toBeNull();
});

const job = "a1b2-c3";
const target = `user:${user}`;
const room = { name: "Front desk", members: { kind: "chosen", users: [user] } };
const doing = (command: string, ...args: unknown[]) => ({ kind: "do", id: 1, command, args });

test.each([
  { kind: "hello", token: null },
  { kind: "hello", token: "f".repeat(32) },
  { kind: "watch", target },
  { kind: "watch", target: `room:${user}` },
  { kind: "watch", target: null },
  doing("join", "crmplus-chat://invite/1/abc"),
  doing("sendText", target, "hello"),
  doing("lock"),
  doing("invite", [{ name: "Ana", role: "staff", group: null }], 3_600_000, job),
  doing("makeRoom", room.name, room.members, job),
  doing("makeRoom", room.name, { kind: "everyone" }, job),
  doing("setGroup", user, null, job),
  { kind: "ask", id: 2, query: "recoveryKit", args: [] },
  { kind: "ask", id: 2, query: "readPeople", args: [""] },
  { kind: "print", id: 3, job: { title: "Kit", pages: [] } },
  { kind: "network", online: true },
  { kind: "retry" },
  { kind: "active" },
  { kind: "here" },
])("a well-formed command passes: %j", (command) => {
  expect(parsePanelCommand(command)).toEqual(command);
});

test.each([
  null,
  "send",
  {},
  { kind: "unknown" },
  { kind: "hello", token: 5 },
  { kind: "watch", target: "../../etc" },
  { kind: "watch", target: user },
  doing("join", ""),
  doing("join", "x".repeat(8193)),
  doing("join"),
  doing("join", "a", "b"),
  { ...doing("lock"), id: -1 },
  { ...doing("lock"), args: null },
  { ...doing("lock"), args: { length: 0 } },
  doing("sendText", `user:${"A".repeat(32)}`, "hello"),
  doing("sendText", target, "x".repeat(4001)),
  doing("sendText", target, ["hello"]),
  doing("setPassphrase", "long enough words", "../job"),
  doing("invite", [{ name: "Ana", role: "owner", group: null }], 1, job),
  doing("invite", [{ name: "Ana", role: "staff", group: null, extra: 1 }], 1, job),
  doing("invite", [{ name: "Ana", role: "staff" }], 1, job),
  doing("invite", Array(2001).fill({ name: "Ana", role: "staff", group: null }), 1, job),
  doing("invite", [], 0.5, job),
  doing("makeRoom", "x", { kind: "chosen" }, job),
  { kind: "ask", id: 1, query: "lock", args: [] },
  { kind: "ask", id: 1, query: "view", args: [] },
  { kind: "print", id: 1, job: { title: "Kit" } },
  { kind: "network", online: "yes" },
])("a malformed command is dropped: %j", (command) => {
  expect(parsePanelCommand(command)).toBeNull();
});

test.each([
  "tick",
  "start",
  "free",
  "hint",
  "stretched",
  "view",
  "socketMessage",
  "constructor",
  "__proto__",
  "toString",
])("a panel cannot call %s", (name) => {
  expect(parsePanelCommand(doing(name))).toBeNull();
  expect(parsePanelCommand(doing(name, 1))).toBeNull();
});

test("additional fields of a command do not get through", () => {
  expect(parsePanelCommand({ ...doing("lock"), admin: true })).toEqual(doing("lock"));
});

test.each([undefined, null, 3, {}, { unread: -1 }, { unread: "9" }, { unread: 1.5 }])(
  "a damaged badge %j counts as none",
  (value) => {
    expect(parseBadge(value)).toEqual({ unread: 0, active: false });
  },
);

test("the badge holds two digits", () => {
  expect([0, 1, 99, 100].map(badgeText)).toEqual(["", "1", "99", "99+"]);
});

test("the print page is known in a tab of its own alone, the offscreen document outside of tabs alone", () => {
  const sheet = { id: "ours", url: "chrome-extension://ours/sheet.html", frameId: 0, tab: { id: 3 } };
  const document = { id: "ours", url: "chrome-extension://ours/offscreen.html" };
  expect(sheetSender(sheet, self)).toBe(true);
  expect(sheetSender({ ...sheet, frameId: 2 }, self)).toBe(false);
  expect(sheetSender(panel, self)).toBe(false);
  expect(offscreenSender(document, self)).toBe(true);
  expect(offscreenSender({ ...document, tab: { id: 3 } }, self)).toBe(false);
  expect(offscreenSender({ ...document, id: "theirs" }, self)).toBe(false);
});
