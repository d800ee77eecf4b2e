import { expect, test } from "vitest";
import { badgeText, parseBadge } from "../src/messages/page";
import { parsePanelCommand } from "../src/messages/panel";
import { pageSender, panelSender, type SenderLike } from "../src/messages/sender";

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

test.each([
  { kind: "hello", token: null },
  { kind: "hello", token: "f".repeat(32) },
  { kind: "watch", user },
  { kind: "watch", user: null },
  { kind: "join", id: 1, invite: "crmplus-chat://invite/1/abc" },
  { kind: "send", id: 2, user, text: "hello" },
  { kind: "read", user },
  { kind: "network", online: true },
  { kind: "retry" },
  { kind: "here" },
])("a well-formed command passes: $kind", (command) => {
  expect(parsePanelCommand(command)).toEqual(command);
});

test.each([
  null,
  "send",
  {},
  { kind: "unknown" },
  { kind: "hello", token: 5 },
  { kind: "watch", user: "../../etc" },
  { kind: "join", id: 1, invite: "" },
  { kind: "join", id: 1, invite: "x".repeat(8193) },
  { kind: "send", id: -1, user, text: "hello" },
  { kind: "send", id: 1, user: "A".repeat(32), text: "hello" },
  { kind: "send", id: 1, user, text: "x".repeat(4001) },
  { kind: "send", id: 1, user, text: ["hello"] },
  { kind: "network", online: "yes" },
])("a malformed command is dropped: %j", (command) => {
  expect(parsePanelCommand(command)).toBeNull();
});

test("additional fields of a command do not get through", () => {
  expect(parsePanelCommand({ kind: "read", user, admin: true })).toEqual({ kind: "read", user });
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
