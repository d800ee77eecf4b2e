import { expect, test } from "vitest";
import { initials } from "../src/panel/avatar";
import { firstUnread, toLines } from "../src/panel/grouping";
import { message, talk } from "./fake-views";

test("each day begins with a separator", () => {
  expect(toLines(talk.messages).filter((line) => line.newDay)).toHaveLength(2);
});

test("bubbles of one person within five minutes are one run", () => {
  const lines = toLines([
    message(1, 20, "a", "received"),
    message(2, 18, "b", "received"),
    message(3, 5, "c", "received"),
  ]);
  expect(lines.map(({ first, last }) => [first, last])).toEqual([
    [true, false],
    [false, true],
    [true, true],
  ]);
});

test("within a run the mark shows where it changes", () => {
  const lines = toLines([
    message(1, 3, "a", "delivered"),
    message(2, 2, "b", "delivered"),
    message(3, 1, "c", "queued"),
  ]);
  expect(lines.map((line) => line.foot)).toEqual([false, true, true]);
});

test("the new line stands above the first unread message, own ones not counted", () => {
  expect(firstUnread(talk.messages, 2)).toBe(talk.messages[6]?.id);
  expect(firstUnread(talk.messages, 0)).toBeNull();
  expect(firstUnread(talk.messages, 99)).toBe(talk.messages[0]?.id);
});

test("initials keep whole characters", () => {
  expect(["Ana Ruiz", "josé", "𝒜nna  Maria Lee", ""].map(initials)).toEqual(["AR", "J", "𝒜L", ""]);
});
