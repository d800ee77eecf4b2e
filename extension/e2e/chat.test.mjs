import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Office } from "./office.mjs";
import { BROWSERS, Person } from "./person.mjs";
import { until } from "./wait.mjs";

const CRM = "app.mtncarerx.com";
/** Where each of the two opens the CRM: on the stand-in's own name, or on the real one. */
const PAIRS = [
  { ana: "Chromium", ben: "Chromium", anaOn: CRM, benOn: "localhost" },
  { ana: "Firefox", ben: "Firefox", anaOn: "localhost", benOn: CRM },
  { ana: "Firefox", ben: "Chromium", anaOn: "localhost", benOn: "127.0.0.1" },
];

let office;
/** What was sent in this file, for the auditor at its end. */
const said = [];
const names = [];

before(async () => {
  office = await Office.start();
});
after(() => office?.stop());

for (const [number, pair] of PAIRS.entries()) {
  test(`${pair.ana} with ${pair.ben}`, { timeout: 120_000 }, async (t) => {
    const ana = await arrive(t, pair.ana, `Ana Sample ${number}`, pair.anaOn);
    const ben = await arrive(t, pair.ben, `Ben Example ${number}`, pair.benOn);

    await t.test("both see each other on line", async () => {
      await ana.seesPerson(ben.name, "on line", (person) => person.presence === "Online");
      await ben.seesPerson(ana.name, "on line", (person) => person.presence === "Online");
      const { private: privacy } = await ana.view();
      assert.match(privacy.join(), /end-to-end encrypted/);
    });

    await t.test("a message arrives, with marks on one side and a badge on the other", async () => {
      await ben.closePanel();
      await ana.talkTo(ben.name);
      const marks = await ana.watchMarks();
      await say(ana, "Is room 3 free at ten?");
      await ana.seesMessage("Is room 3 free at ten?", "Delivered");
      const seen = await marks();
      assert.deepEqual(
        seen,
        ["Waiting to be sent", "Sent", "Delivered"].filter((mark) => seen.includes(mark)),
      );
      await ben.buttonReady((button) => button.badge === "1" && button.label === "Chat, 1 unread message");
    });

    await t.test("the colleague reads and answers", async () => {
      await ben.openPanel();
      await ben.talkTo(ana.name);
      await ben.seesMessage("Is room 3 free at ten?");
      await ben.buttonReady((button) => button.badge === "");
      await say(ben, "Yes, until noon.");
      await ana.seesMessage("Yes, until noon.");
      await ben.seesMessage("Yes, until noon.", "Delivered");
      const [theirs, mine] = [await ana.view(), await ben.view()];
      assert.deepEqual(
        theirs.messages.map((message) => message.text),
        mine.messages.map((message) => message.text),
      );
    });

    await t.test("who closes the browser is away, and gets what was sent meanwhile", async () => {
      await ben.browser.quit();
      await ana.seesPerson(ben.name, "away", (person) => person.presence === "Away");
      const comesBack = "reopen" in ben.browser;
      await say(ana, "Then I take it until noon.", { delivered: comesBack });
      await ana.seesMessage("Then I take it until noon.", "Sent");
      // A temporary add-on, which is all that Firefox lets a driver load, goes with the browser.
      if (!comesBack) return;
      await ben.browser.reopen();
      await ben.openChat(office.page("", pair.benOn));
      await ben.buttonReady((button) => button.badge === "1");
      await ben.talkTo(ana.name);
      await ben.seesMessage("Then I take it until noon.");
      await ben.seesMessage("Is room 3 free at ten?");
      await ana.seesMessage("Then I take it until noon.", "Delivered");
    });
  });
}

test("the auditor reads who did what, and nothing of what was said", { timeout: 60_000 }, async () => {
  const count = (records, type) => records.filter((record) => record.type === type).length;
  const read = async () => records(await office.audit("--format", "jsonl"));
  const sent = said.length;
  const delivered = said.filter((message) => message.delivered).length;
  const trail = await until("all records", async () => {
    const now = await read();
    return count(now, "message.sent") >= sent && count(now, "message.delivered") >= delivered ? now : null;
  });
  assert.equal(count(trail, "message.sent"), sent);
  assert.equal(count(trail, "message.delivered"), delivered);
  assert.equal(count(trail, "device.enrol"), names.length);
  assert.ok(count(trail, "session.login") >= names.length);

  // With the office at rest nobody tells the auditor's tool who is who.
  await office.halt();
  const text = await office.audit("--format", "jsonl");
  assert.ok(records(text).length >= trail.length);
  for (const secret of [...names, ...said.map((message) => message.text)]) {
    assert.ok(!text.includes(secret), `the trail holds "${secret}"`);
  }
});

async function arrive(t, kind, name, host) {
  names.push(name);
  const hosts = { [CRM]: new URL(office.ready.page).host };
  const person = await Person.arrive(BROWSERS[kind], office, name, { hosts });
  t.after(() => person.leave());
  await person.openChat(office.page("", host));
  await person.join(await office.invite(name));
  return person;
}

async function say(person, text, { delivered = true } = {}) {
  said.push({ text, delivered });
  await person.say(text);
}

function records(lines) {
  return lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
