import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Company } from "./company.mjs";
import { holdsActs } from "./trail.mjs";

/** A person who is on line is removed everywhere within this. */
const REMOVED_WITHIN_MS = 5_000;

let company;
let office;
let lead;
let ana;
let ben;

before(async () => {
  company = await Company.gather();
  office = company.office;
  lead = await company.join("Chromium", "Ina Lead", { role: "admin" });
  ana = await company.join("Firefox", "Ana Rivera");
  ben = await company.join("Chromium", "Ben Carter");
});
after(() => company?.end());

test("both sides of a conversation see the same number, and verify by it", { timeout: 120_000 }, async () => {
  const [hers, his] = [await ana.verification(ben.name), await ben.verification(ana.name)];
  assert.match(hers.join(" "), /^(\d{5} ){11}\d{5}$/);
  assert.deepEqual(hers, his);
  await ana.markVerified(ben.name);
  await ana.toList();
  await ana.seesPerson(ben.name, "verified", (row) => row.keys === "Verified");
});

test("the text of the other side verifies too, and no other text does", { timeout: 120_000 }, async () => {
  const text = await ana.safetyText(ben.name);
  const other = await lead.safetyText(ben.name);
  assert.equal(await ben.compareSafetyText(ana.name, other), false);
  await ben.toList();
  await ben.seesPerson(ana.name, "not verified", (row) => row.keys === null);
  assert.equal(await ben.compareSafetyText(ana.name, text), true);
  await ben.toList();
  await ben.seesPerson(ana.name, "verified", (row) => row.keys === "Verified");
});

test("new keys of a colleague stop writing until somebody says yes", { timeout: 180_000 }, async () => {
  await ana.talkTo(ben.name);
  await ana.say("Is your computer well?");
  await ben.talkTo(ana.name);
  await ben.seesMessage("Is your computer well?");
  // He lost every workstation and the passphrase.
  const sheet = await lead.inviteAgain(ben.name);
  await company.leave(ben);
  ben = await company.arrive("Chromium", ben.name);
  await ben.join(sheet.link);

  await ana.sees("that writing is stopped", (view) => view.blocked !== null && !view.canWrite);
  assert.match((await ana.view()).blocked, /The keys of Ben Carter changed/);
  assert.equal((await ana.view()).keys, "Keys changed");
  // He may write; what he says is shown under the warning.
  await ben.talkTo(ana.name);
  await ben.say("It is me, on a new computer.");
  await ana.seesMessage("It is me, on a new computer.");
  await ana.trustNewKeys(ben.name);
  await ana.say("Welcome back.");
  await ben.seesMessage("Welcome back.");
  // Whoever compares instead is not asked a second time.
  await lead.talkTo(ben.name);
  await lead.sees("that writing is stopped", (view) => view.blocked !== null);
  await lead.press("Compare the safety number");
  await lead.press("Mark as verified");
  await lead.talkTo(ben.name);
  await lead.sees("a field to write in", (view) => view.canWrite && view.keys === "Verified");
});

test("an administrator signs out a lost workstation of somebody else", { timeout: 120_000 }, async () => {
  const noa = await company.join("Chromium", "Noa Sample");
  await lead.revokeWorkstationOf(noa.name);
  await noa.sees("that it was removed", (view) => view.heading === "This browser was removed");
  // The person is not removed: the passphrase still brings in another one.
  await noa.press("Get in again");
  await noa.signIn(company.address);
  await noa.seesColleagues();
  await company.leave(noa);
});

test("who is removed while on line loses it all within five seconds", { timeout: 120_000 }, async (t) => {
  await lead.talkTo(ben.name);
  const remove = await lead.aboutToRevoke(ben.name);
  const began = performance.now();
  await remove();
  const gone = await ben.sees("the removal", (view) => view.heading === "This browser was removed", {
    within: REMOVED_WITHIN_MS,
  });
  t.diagnostic(`removed ${Math.round(performance.now() - began)} ms after the click`);
  assert.doesNotMatch(gone.text, /Ana|Welcome back/);
  await ana.sees("the list without Ben", (view) => view.people.every((row) => row.name !== ben.name));

  // Nothing is left in the browser, and the passphrase opens nothing any more.
  await ben.browser.quit();
  await ben.browser.reopen();
  await ben.openChat(office.page());
  await ben.goIn("I have chatted before");
  const { address } = company;
  await ben.fillIn({ address, name: ben.name, passphrase: "four odd words together" }, "Sign in");
  const refused = (view) => view.alerts.some((alert) => alert.includes("do not belong together"));
  await ben.sees("that he is not let in", refused, { within: 60_000 });
});

test("who was removed can be invited anew, under the same name", { timeout: 120_000 }, async () => {
  await lead.toChat();
  const sheet = await lead.invite("Ben Carter");
  await ben.join(sheet.link);
  await ben.talkTo(ana.name);
  assert.deepEqual((await ben.view()).messages, []);
  await ben.say("Hello again.");
  await ana.talkTo(ben.name);
  await ana.seesMessage("Hello again.");
});

test("the audit trail says who removed whom", { timeout: 60_000 }, async () => {
  await holdsActs(office, [
    `person.revoke ${lead.name}`,
    `device.revoke ${lead.name}`,
    "device.enrol Noa Sample",
    "passphrase.signin Noa Sample",
    // Nobody in the office had the name at that time.
    "passphrase.signin failed",
  ]);
});

test("a relay that was set back to an old backup is noticed", { timeout: 180_000 }, async () => {
  await office.setBack(async () => {
    await lead.invite("Tess Newcomer");
  });
  // Whoever saw the invite knows that it is gone; others may not have heard of it in time.
  await lead.sees("the warning", (view) => view.alerts.some((alert) => alert.includes("Warning")), {
    within: 60_000,
  });
});
