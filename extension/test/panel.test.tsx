// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { App } from "../src/panel/app";
import type { PanelState } from "../src/panel/backend";
import type { Sight } from "../src/panel/sight";
import { FakeBackend } from "./fake-backend";
import { ana, connected, granted, member, message, NOW, outside, talk } from "./fake-views";

let backend: FakeBackend;
let root: HTMLElement;
let trusted: boolean;
let seen: boolean;
const sight = {
  trustClick: () => trusted,
  seen: () => seen,
  subscribe: () => () => undefined,
} as unknown as Sight;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date", "setInterval", "clearInterval"] });
  trusted = true;
  seen = true;
  root = document.createElement("div");
  document.body.replaceChildren(root);
});
afterEach(() => {
  render(null, root);
  vi.useRealTimers();
});

async function show(state: PanelState, framed = true): Promise<void> {
  backend = new FakeBackend(state);
  await act(() => render(<App backend={backend} sight={sight} framed={framed} />, root));
}

const find = <T extends HTMLElement>(selector: string) => root.querySelector(selector) as T;
const words = (selector: string) => root.querySelector(selector)?.textContent ?? "";
const click = (selector: string) => act(() => find(selector).click());
const button = (label: string) => `button[aria-label="${label}"]`;
const key = (name: string) =>
  act(() => void document.dispatchEvent(new KeyboardEvent("keydown", { key: name })));

async function type(selector: string, value: string): Promise<void> {
  await act(() => {
    const field = find<HTMLTextAreaElement>(selector);
    field.value = value;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}

async function press(selector: string, init: KeyboardEventInit): Promise<void> {
  await act(async () => {
    find(selector).dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
    await Promise.resolve();
  });
}

async function inTalk(state = granted(member(), talk)): Promise<void> {
  await show(state);
  await click(`#person-${ana.user}`);
}

test("refused by the background, nothing is shown", async () => {
  await show({ access: "refused", view: null, fault: null, conversation: null });
  expect(root.textContent).toBe("Chat opens from its button in the CRM page or from the toolbar.");
});

test("a full disk is told before anybody joined", async () => {
  await show({ ...granted(outside()), fault: { code: "storage_full", message: "" } });
  expect(words("[role=alert]")).toContain("The disk of this computer is full");
});

test("while joining the connection is shown with its reason and the next try", async () => {
  const link = { ...connected, state: "reconnecting", reason: "timeout", retryAt: NOW + 5000 } as const;
  await show(
    granted(
      outside({
        stage: "entering",
        link,
        entering: { way: "join", step: "asking", office: null, name: null },
      }),
    ),
  );
  expect(words(".connection")).toContain("ReconnectingThe office relay does not answer.");
  expect(words(".countdown")).toBe("Next try in 5 s.");
  await act(() => void vi.advanceTimersByTime(2000));
  expect(words(".countdown")).toBe("Next try in 3 s.");
});

test.each([
  [connected, "Connected"],
  [{ ...connected, reason: "bus_down" } as const, "waiting for its message service"],
  [{ ...connected, state: "connecting" } as const, "Connecting..."],
  [{ ...connected, state: "offline", reason: "no_network" } as const, "This computer has no network."],
  [{ ...connected, state: "offline", reason: "wrong_gateway_key" } as const, "not your office relay"],
])("connection %# is always in words: %s", async (link, expected) => {
  await inTalk(granted(member({ link }), talk));
  expect(words(".connection [role=status]")).toContain(expected);
});

test("try now asks for a retry", async () => {
  await show(granted(member({ link: { ...connected, state: "reconnecting", retryAt: NOW + 9000 } })));
  await click(".connection button");
  expect(backend.calls).toEqual(["retry"]);
});

test("people: unread, presence and the last words", async () => {
  await show(granted(member()));
  const rows = Array.from(root.querySelectorAll(".person"), (row) => row.textContent);
  expect(rows[0]).toContain("Ana Ruiz");
  expect(rows[0]).toContain("2 unread messages");
  expect(rows[1]).toContain("You: Done, it is in the fridge.");
  expect(rows[3]).toContain("Online · Administrator");
});

test("an open conversation says who can read it", async () => {
  await inTalk();
  expect(words(".privacy")).toBe("Private to you and Ana Ruiz · end-to-end encrypted");
  expect(root.querySelectorAll(".bubble")).toHaveLength(talk.messages.length);
  expect(words(".new-line")).toBe("New");
});

test("marks of own messages are words, not icons alone", async () => {
  await inTalk();
  const marks = Array.from(root.querySelectorAll(".mark"), (mark) => mark.textContent);
  expect(marks).toEqual(["Delivered", "Delivered", "Sent", "Waiting to be sent"]);
});

test("message text is text and never markup", async () => {
  const evil = message(1, 2, "<img src=x onerror=alert(1)>", "received");
  await inTalk(granted(member(), { with: `user:${ana.user}`, blocked: null, messages: [evil] }));
  expect(root.querySelector("img")).toBeNull();
  expect(words(".bubble")).toBe(evil.text);
});

test("a message that cannot be opened is visible as such", async () => {
  const broken = { ...message(1, 2, "", "undecryptable"), reason: "cannot_decrypt" };
  await inTalk(granted(member(), { with: `user:${ana.user}`, blocked: null, messages: [broken] }));
  expect(words(".bubble")).toBe("This message could not be opened.");
});

test("Enter sends and clears, Shift+Enter and an unfinished input method do not", async () => {
  await inTalk();
  backend.calls.length = 0;
  await type("#composer", "On my way ");
  await press("#composer", { key: "Enter", shiftKey: true });
  await press("#composer", { key: "Enter", isComposing: true });
  expect(backend.calls.filter((call) => call.startsWith("sendText"))).toEqual([]);
  await press("#composer", { key: "Enter" });
  expect(backend.calls).toContain("sendText user:1a2b On my way");
  await expect.poll(() => find<HTMLTextAreaElement>("#composer").value).toBe("");
});

test("a send that fails keeps the text and says why", async () => {
  await inTalk();
  backend.answer = { code: "storage_full", message: "" };
  await type("#composer", "Keep me");
  await press("#composer", { key: "Enter" });
  await expect.poll(() => words(".composer .error")).toContain("disk of this computer is full");
  expect(find<HTMLTextAreaElement>("#composer").value).toBe("Keep me");
});

test("offline one can still write and send", async () => {
  await inTalk(granted(member({ link: { ...connected, state: "offline", reason: "no_network" } }), talk));
  expect(words(".hint")).toContain("Sent as soon as the connection is back.");
  await type("#composer", "Later then");
  await press("#composer", { key: "Enter" });
  expect(backend.calls).toContain("sendText user:1a2b Later then");
});

test("4000 characters go, 4001 do not", async () => {
  await inTalk();
  await type("#composer", "x".repeat(4001));
  expect(find<HTMLButtonElement>(".send").disabled).toBe(true);
  expect(words(".composer")).toContain("4001 of 4000 characters");
  await type("#composer", "x".repeat(4000));
  expect(find<HTMLButtonElement>(".send").disabled).toBe(false);
});

test("a covered panel sends nothing and says so", async () => {
  await inTalk();
  trusted = false;
  await type("#composer", "hi");
  await press("#composer", { key: "Enter" });
  await expect.poll(() => words(".composer .error")).toContain("Something on the page covers the chat");
  expect(backend.calls.filter((call) => call.startsWith("sendText"))).toEqual([]);
});

test("a draft waits while one looks at somebody else", async () => {
  await inTalk();
  await type("#composer", "half a thought");
  await click(button("Back to colleagues"));
  await click(".person:not(.has-unread)");
  expect(find<HTMLTextAreaElement>("#composer").value).toBe("");
  await click(button("Back to colleagues"));
  await click(`#person-${ana.user}`);
  expect(find<HTMLTextAreaElement>("#composer").value).toBe("half a thought");
});

test("hidden, nothing readable is left in the page", async () => {
  await inTalk();
  await click(button("Hide chat from view"));
  expect(root.textContent).not.toMatch(/Ana|refill|Dana/);
  expect(words(".connection")).toContain("Connected");
  await click(".primary");
  expect(words(".who h1")).toBe("Ana Ruiz");
});

test("Escape closes the frame, and hides a window of its own", async () => {
  await show(granted(member()));
  await key("Escape");
  expect(backend.calls).toContain("close");
  render(null, root);
  await show(granted(member()), false);
  await key("Escape");
  expect(words("h2")).toBe("Chat is hidden");
  await key("Escape");
  expect(words("h2")).toBe("Chat is hidden");
});

test.each([true, false])("read only when somebody looks: %s", async (looking) => {
  seen = looking;
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  await inTalk();
  expect(backend.calls.includes("markRead user:1a2b")).toBe(looking);
});

test.each([
  [true, ""],
  [false, "New"],
])("what comes while somebody looks (%s) is not marked as new", async (looking, expected) => {
  seen = looking;
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  const read = member({ people: [{ ...ana, unread: 0 }] });
  await inTalk(granted(read, talk));
  await act(() => backend.set(granted(member({ people: [{ ...ana, unread: 1 }] }), talk)));
  expect(words(".new-line")).toBe(expected);
});

test("a full disk is told above everything", async () => {
  await show({ ...granted(member()), fault: { code: "storage_full", message: "" } });
  expect(words("[role=alert]")).toContain("The disk of this computer is full");
});

test("a new message is spoken", async () => {
  await inTalk();
  await act(() => {
    const messages = [...talk.messages, message(11, 0, "Thank you!", "received")];
    backend.set(granted(member(), { with: `user:${ana.user}`, blocked: null, messages }));
  });
  expect(words(".spoken[role=log]")).toBe("Ana Ruiz: Thank you!");
});
