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

/** Markup, quotes, scripts of two directions, a letter beyond the first plane. */
const ANSWER = `Yes, until <b>noon</b> & "not later" \u{1F44D} שלום é`;

let office;
/** What was sent in this file, for the auditor at its end. */
const said = [];
const names = [];
/** An invite that somebody has used. */
let used;

before(async () => {
  office = await Office.start();
});
after(() => office?.stop());

for (const [number, pair] of PAIRS.entries()) {
  test(`${pair.ana} with ${pair.ben}`, { timeout: 120_000 }, async (t) => {
    const ana = await arrive(t, pair.ana, { name: `Ana Sample ${number}` }, pair.anaOn);
    const ben = await arrive(t, pair.ben, { name: `Ben Example ${number}` }, pair.benOn);

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
      await say(ben, ANSWER);
      await ana.seesMessage(ANSWER);
      await ben.seesMessage(ANSWER, "Delivered");
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
      // A browser that was closed comes back locked.
      await ben.unlock();
      await ben.talkTo(ana.name);
      await ben.seesMessage("Then I take it until noon.");
      await ben.seesMessage("Is room 3 free at ten?");
      await ana.seesMessage("Then I take it until noon.", "Delivered");
    });
  });
}

test("an invite works once, and what is wrong with another one is said", { timeout: 60_000 }, async (t) => {
  const name = "Late Placeholder";
  const late = await Person.arrive(BROWSERS.Chromium, office, name);
  t.after(() => late.leave());
  await late.openChat(office.page());
  const fresh = await office.invite(name);
  await late.tryToJoin(used);
  await late.choosePassphrase();
  await late.sees("that it was used", (view) => view.alerts.some((alert) => alert.includes("used already")));
  await late.tryToJoin(fresh.slice(0, -10));
  await late.sees("that it is cut off", (view) => view.alerts.some((alert) => alert.includes("not whole")));
  // As mail programs break long lines.
  await late.join(`  ${fresh.replaceAll(/(.{60})/g, "$1\n")}\n`);
  names.push(name);
});

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
  const joined = trail.filter((record) => record.type === "person.join");
  assert.equal(joined.filter((record) => record.outcome === 0).length, names.length);
  const failures = trail.filter((record) => record.type === "auth.failure");
  assert.deepEqual(
    failures.map((record) => record.reason),
    ["invite_used"],
  );
  assert.ok(count(trail, "session.login") >= names.length);

  // With the office at rest nobody tells the auditor's tool who is who.
  await office.halt();
  const text = await office.audit("--format", "jsonl");
  assert.ok(records(text).length >= trail.length);
  for (const secret of [...names, ...said.map((message) => message.text)]) {
    assert.ok(!text.includes(secret), `the trail holds "${secret}"`);
  }
});

async function arrive(t, kind, { name }, host) {
  names.push(name);
  const hosts = { [CRM]: new URL(office.ready.page).host };
  const person = await Person.arrive(BROWSERS[kind], office, name, { hosts });
  t.after(() => person.leave());
  await person.openChat(office.page("", host));
  used = await office.invite(name);
  await person.join(used);
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
