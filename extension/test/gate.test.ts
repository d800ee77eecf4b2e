import { expect, test } from "vitest";
import { entrance, type Surroundings } from "../src/panel/gate";

const token = "0123456789abcdef".repeat(2);
const framed: Surroundings = {
  top: false,
  childOfTop: true,
  ancestors: ["https://app.mtncarerx.com"],
  hasOpener: false,
  hash: `#${token}`,
};

test("a window of its own opens", () => {
  expect(entrance({ ...framed, top: true, hash: "" })).toEqual({ kind: "window" });
});

test("a frame in the CRM page with a token opens", () => {
  expect(entrance(framed)).toEqual({ kind: "frame", token });
});

test("where the browser does not name ancestors, token and policy decide", () => {
  expect(entrance({ ...framed, ancestors: null }).kind).toBe("frame");
});

test.each([
  ["a window that a page opened", { top: true, hasOpener: true }],
  ["no token", { hash: "" }],
  ["half a token", { hash: "#0123" }],
  ["another site", { ancestors: ["https://example.com"] }],
  [
    "a frame between us and the CRM",
    { ancestors: ["https://app.mtncarerx.com", "https://app.mtncarerx.com"] },
  ],
  ["a page that frames the CRM", { childOfTop: false, ancestors: null }],
  ["a page without origin", { ancestors: ["null"] }],
])("shut: %s", (_why, change) => {
  expect(entrance({ ...framed, ...change })).toEqual({ kind: "shut" });
});
