import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Company } from "./company.mjs";
import { holdsActs } from "./trail.mjs";

const ROOM = "Morning round";
const PLACE = "Front desk";

let company;
let office;
/** An administrator, and two of the staff. */
let lead;
let ana;
let ben;
/** What was done to rooms, by whom. */
const acts = [];

before(async () => {
  company = await Company.gather();
  office = company.office;
  lead = await company.join("Chromium", "Ina Lead", { role: "admin" });
  ana = await company.join("Chromium", "Ana Rivera");
  ben = await company.join("Firefox", "Ben Carter");
});
after(() => company?.end());

test("a room of chosen people: those in it read it, and nobody else sees it", {
  timeout: 120_000,
}, async () => {
  await ana.makeRoom(ROOM, { people: [ben.name] });
  acts.push(ana);
  await ana.say("Who takes the first call?");
  await ben.talkTo(ROOM);
  await ben.seesMessage("Who takes the first call?");
  await ben.say("I do.");
  await ana.seesMessage("I do.");
  await ana.seesMessage("Who takes the first call?", "Delivered");
  assert.ok((await lead.view()).people.every((row) => row.name !== ROOM));
});

test("who is added reads from then on", { timeout: 120_000 }, async () => {
  await ana.addToRoom(ROOM, [lead.name]);
  acts.push(ana);
  await ana.talkTo(ROOM);
  await ana.say("Now there are three of us.");
  await lead.talkTo(ROOM);
  const { messages } = await lead.seesMessage("Now there are three of us.");
  assert.deepEqual(
    messages.map((message) => message.text),
    ["Now there are three of us."],
  );
});

test("another name reaches everybody in it", { timeout: 60_000 }, async () => {
  await ana.renameRoom(ROOM, "Morning call");
  acts.push(ana);
  for (const person of [ana, ben, lead]) {
    await person.toList();
    await person.seesPerson("Morning call", "in the list", () => true);
    await person.talkTo("Morning call");
  }
});

test("who is removed sees nothing of what comes next", { timeout: 120_000 }, async () => {
  await ana.removeFromRoom("Morning call", ben.name);
  acts.push(ana);
  await ben.sees("no room", (view) => view.people.every((row) => row.name !== "Morning call"));
  await ana.talkTo("Morning call");
  await ana.say("Ben is on leave from today.");
  await lead.seesMessage("Ben is on leave from today.");
  await ana.seesMessage("Ben is on leave from today.", "Delivered");
  // A word between the two comes through and is the last that he has.
  await ana.talkTo(ben.name);
  await ana.say("Have a good time.");
  await ben.seesPerson(ana.name, "with the last word", (row) => row.line.includes("Have a good time."));
  assert.doesNotMatch((await ben.view()).text, /on leave/);
});

test("who leaves is out, and the others go on", { timeout: 120_000 }, async () => {
  await lead.leaveRoom("Morning call");
  acts.push(lead);
  assert.deepEqual(await ana.aboutRoom("Morning call"), ["You"]);
  await ana.toChat();
});

test("who looks after it closes it for everybody", { timeout: 120_000 }, async () => {
  await ana.addToRoom("Morning call", [ben.name]);
  await ben.toList();
  await ben.seesPerson("Morning call", "in the list again", () => true);
  await ana.closeRoom("Morning call");
  acts.push(ana, ana);
  await ben.sees("no room", (view) => view.people.every((row) => row.name !== "Morning call"));
});

test("rooms of a role and of everyone have their members by themselves", { timeout: 120_000 }, async () => {
  // She makes it and is not in it.
  await lead.makeRoom("All staff", { role: "Staff" });
  await lead.makeRoom("Everybody", { everyone: true });
  acts.push(lead, lead);
  await ana.talkTo("Everybody");
  await ana.say("Hello, everybody.");
  for (const person of [ben, lead]) {
    await person.talkTo("Everybody");
    await person.seesMessage("Hello, everybody.");
  }
  assert.deepEqual(await ana.aboutRoom("All staff"), ["You", ben.name]);
  await ana.toChat();
  assert.ok(!(await ana.view()).buttons.includes("Leave the room"));
});

test("a room of a place follows who works there", { timeout: 120_000 }, async () => {
  await lead.setPlace(ana.name, { group: PLACE });
  await lead.makeRoom("Desk", { place: PLACE });
  acts.push(lead);
  await ana.toList();
  await ana.seesPerson("Desk", "in the list", () => true);
  await ben.toList();
  assert.ok((await ben.view()).people.every((row) => row.name !== "Desk"));
  await lead.setPlace(ben.name, { group: PLACE });
  // He hears its name with the next word in it.
  await ana.talkTo("Desk");
  await ana.say("Welcome to the desk.");
  await ben.talkTo("Desk");
  await ben.seesMessage("Welcome to the desk.");
});

test("a rule of the office holds everywhere: unused, chat locks itself", { timeout: 240_000 }, async (t) => {
  await lead.setRules({ "Lock when nobody uses the computer for": "1 minute" });
  const began = performance.now();
  // Chromium without a screen takes its computer for one in use; the Firefox of the test does not.
  const { text } = await ben.sees("the lock", (view) => view.heading === "Chat is locked", {
    within: 180_000,
  });
  t.diagnostic(`locked ${Math.round((performance.now() - began) / 1000)} s after the rule was made`);
  assert.doesNotMatch(text, /Ana|Welcome to the desk/);
  await ben.unlock();
  // Where he was.
  await ben.seesMessage("Welcome to the desk.");
});

test("the audit trail says who changed rooms and places", { timeout: 60_000 }, async () => {
  await holdsActs(office, [
    ...acts.map(({ name }) => `room.change ${name}`),
    `person.change ${lead.name}`,
    `person.change ${lead.name}`,
    `policy.change ${lead.name}`,
  ]);
});
