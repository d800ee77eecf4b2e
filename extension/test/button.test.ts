// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { makeChatButton } from "../src/content/button";

let root: ShadowRoot;
const clicked = vi.fn();
const escaped = vi.fn();

beforeEach(() => {
  const attach = Element.prototype.attachShadow;
  vi.spyOn(Element.prototype, "attachShadow").mockImplementation(function (this: Element, options) {
    root = attach.call(this, options);
    return root;
  });
  clicked.mockReset();
});

const button = () => root.querySelector("button") as HTMLButtonElement;

test("nothing in the page's own tree that CRM+ could take for its own", () => {
  const { host } = makeChatButton("header", clicked, escaped);
  document.body.append(host);
  expect(host.shadowRoot).toBeNull();
  expect(host.className).toBe("");
  expect(host.textContent).toBe("");
  expect(host.getAttributeNames()).toEqual(["id"]);
});

test("count and state are spoken", () => {
  const chat = makeChatButton("header", clicked, escaped);
  chat.show({ unread: 1, open: false, outdated: false });
  expect(button().getAttribute("aria-label")).toBe("Chat, 1 unread message");
  expect(root.querySelector("span")?.textContent).toBe("1");
  chat.show({ unread: 0, open: true, outdated: false });
  expect(button().getAttribute("aria-label")).toBe("Chat");
  expect(button().getAttribute("aria-expanded")).toBe("true");
  expect(root.querySelector("span")?.hidden).toBe(true);
});

test("after an update it says what to do, and no stale count", () => {
  const chat = makeChatButton("header", clicked, escaped);
  chat.show({ unread: 3, open: false, outdated: true });
  expect(button().getAttribute("aria-label")).toBe("Chat was updated. Reload this page to use it.");
  expect(button().title).toBe(button().getAttribute("aria-label"));
  expect(root.querySelector("span")?.textContent).toBe("!");
});

test("a click that a script made does nothing", () => {
  makeChatButton("floating", clicked, escaped);
  button().dispatchEvent(new MouseEvent("click"));
  expect(clicked).not.toHaveBeenCalled();
});

test("Escape on the button closes the panel", () => {
  makeChatButton("floating", clicked, escaped);
  button().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  expect(escaped).toHaveBeenCalledOnce();
});
