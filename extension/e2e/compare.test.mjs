import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Office } from "./office.mjs";
import { BROWSERS, Person } from "./person.mjs";

let office;
let ana;
let ben;

before(async () => {
  office = await Office.start();
  ana = await arrive("Chromium", "Ana Sample");
  ben = await arrive("Firefox", "Ben Example");
});
after(async () => {
  await Promise.all([ana?.leave(), ben?.leave()]);
  await office?.stop();
});

test("who does not want to compare says so, and the other one hears it", { timeout: 120_000 }, async () => {
  await ben.seesPerson(ana.name, "on line", (person) => person.presence === "Online");
  await ben.askToCompare(ana.name);
  const asks = (person) => person.line === "Wants to compare keys" && person.unread === 0;
  await ana.seesPerson(ben.name, "asking", asks);
  await ana.talkTo(ben.name);
  await ana.press("Not now");
  await ben.sees("the answer", (view) =>
    view.alerts.some((line) => line.includes("does not want to compare")),
  );
  await ben.press("Close");
  await ben.toChat();
});

test("two people compare by emoji, and both have verified each other", { timeout: 120_000 }, async () => {
  const emoji = await ana.compareByEmoji(ben);
  assert.equal(emoji.length, 7);
  for (const [person, other] of [
    [ana, ben],
    [ben, ana],
  ]) {
    const { keys, messages } = await person.sees("the shield", (view) => view.keys === "Verified");
    assert.equal(keys, "Verified");
    assert.deepEqual(messages, [], "comparing is no message");
    await person.toList();
    await person.seesPerson(
      other.name,
      "verified",
      ({ keys, unread }) => keys === "Verified" && unread === 0,
    );
  }
});

test("what differs for one warns both", { timeout: 120_000 }, async () => {
  await ben.askToCompare(ana.name);
  await ana.agreeToCompare(ben.name);
  await ben.emojiNames();
  await ana.emojiNames();
  await ana.answerEmoji(ben.name, false);
  const { alerts, emoji } = await ben.sees("the warning", (view) => view.alerts.length > 0);
  assert.match(alerts.join(), /sees different pictures.*tell your office lead/);
  assert.deepEqual(emoji, []);
});

async function arrive(browser, name) {
  const person = await Person.arrive(BROWSERS[browser], office, name);
  await person.openChat(office.page());
  await person.join(await office.invite(name));
  return person;
}
