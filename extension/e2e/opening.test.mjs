import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Company } from "./company.mjs";
import { holdsActs } from "./trail.mjs";
import { until } from "./wait.mjs";

const ROBIN = "Robin Lead";
const OFFICE = "Office North";
const WRONG = `name,role,group
Lena Fischer,staff,Front desk
,staff,Lab
Omar Haddad,boss,Lab
lena fischer,,
${ROBIN},admin,
`;
const RIGHT = `name,role,group
Lena Fischer,staff,Front desk
Omar Haddad,staff,Lab
Priya Natarajan,admin,
`;

let company;
let office;
let robin;
/** By the first name. */
const staff = {};
let kit;
/** What came out of the printer, in the order of the table. */
let paper;

before(async () => {
  company = await Company.gather();
  office = company.office;
});
after(() => company?.end());

test("a founder opens the office with the text that the relay printed", { timeout: 120_000 }, async () => {
  robin = await company.arrive("Chromium", ROBIN);
  await robin.openOffice(office.foundingText(), OFFICE);
});

test("the recovery kit is offered at once, and kept on paper and as a file", {
  timeout: 60_000,
}, async () => {
  const { paper: sheet, file } = await robin.keepKit();
  await robin.seesColleagues();
  assert.equal(sheet.facts["Name of the office"], OFFICE);
  kit = sheet.groups.join("");
  assert.match(kit, /^crmplus-chat:\/\//);
  assert.ok(file.text.includes(kit), "paper and file hold the same");
  assert.ok(file.text.includes(OFFICE) && file.name.endsWith(".txt"), file.name);
});

test("a table with bad rows invites nobody, and says what is wrong with each", {
  timeout: 60_000,
}, async () => {
  const { rows, errors } = await robin.lookAtTable(WRONG);
  assert.deepEqual(rows, [["Lena Fischer", "Staff", "Front desk"]]);
  assert.deepEqual(
    errors.map((error) => error.split(":")[0]),
    ["Row 3", "Row 4", "Row 5", "Row 6"],
  );
  assert.match(errors[0], /name is missing/);
  assert.match(errors[1], /boss/);
  assert.match(errors[2], /row 2/);
  assert.match(errors[3], /has this name already/);
  // The button is there for the keyboard, and sends nothing that is not clean.
  const send = await robin.browser.panelFrame().$(robin.browser.button("Invite 0 people"));
  await send.press("Enter");
  await robin.openInvites();
  await robin.sees("no invite", (view) => view.text.includes("Every invite was used, or none was made."));
});

test("the mended table becomes a sheet of paper for each person", { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "crmplus-table-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "staff.csv");
  await writeFile(path, RIGHT);
  const { rows, errors } = await robin.lookAtFile(path);
  assert.deepEqual(errors, []);
  assert.equal(rows.length, 3);
  await robin.press("Invite 3 people");
  const sheets = await robin.sheets();
  paper = await robin.printed("Print 3 sheets");
  assert.deepEqual(
    paper.map(({ facts, link }) => ({ address: facts.Address, code: facts.Code, link })),
    sheets.map(({ address, code, link }) => ({ address, code, link })),
  );
  assert.deepEqual(
    paper.map(({ heading, facts }) => [heading, facts.Role, facts.Office]),
    [
      ["Lena Fischer: your invite to CRM+ Chat", "Staff, Front desk", OFFICE],
      ["Omar Haddad: your invite to CRM+ Chat", "Staff, Lab", OFFICE],
      ["Priya Natarajan: your invite to CRM+ Chat", "Administrator", OFFICE],
    ],
  );
  const open = await robin.openInvites();
  assert.deepEqual(
    open.map((invite) => invite.name),
    ["Lena Fischer", "Omar Haddad", "Priya Natarajan"],
  );
});

test("three join, by link and by what stands on paper, in two browsers", { timeout: 180_000 }, async () => {
  const [lena, omar, priya] = paper;
  staff.lena = await company.arrive("Chromium", "Lena Fischer");
  await staff.lena.join(lena.link);
  staff.omar = await company.arrive("Firefox", "Omar Haddad");
  // As somebody types it who reads it from the paper.
  await staff.omar.joinByCode(omar.facts.Address, omar.facts.Code.toLowerCase().replaceAll("-", " "));
  staff.priya = await company.arrive("Firefox", "Priya Natarajan");
  await staff.priya.join(priya.link);
  await robin.openInvites();
  await robin.sees("no invite", (view) => view.text.includes("Every invite was used, or none was made."));
});

test("a sheet that was used lets nobody in, whichever of its ways is tried", {
  timeout: 120_000,
}, async () => {
  const late = await company.arrive("Chromium", "Late Placeholder");
  await late.tryToJoin(paper[0].link);
  await late.choosePassphrase();
  await late.sees("that it was used", (view) => view.alerts.some((alert) => alert.includes("used already")));
  const { Address, Code } = paper[1].facts;
  await late.goIn("I have an invite", "Type an address and a code");
  await late.fillIn({ address: Address, code: Code }, "Join");
  await late.choosePassphrase();
  await late.sees("that it cannot be used", (view) =>
    view.alerts.some((alert) => alert.includes("Ask your office lead for a new one")),
  );
  await company.leave(late);
});

test("everybody talks with everybody", { timeout: 120_000 }, async () => {
  const all = [robin, ...Object.values(staff)];
  for (const [i, from] of all.entries()) {
    const to = all[(i + 1) % all.length];
    await from.talkTo(to.name);
    const words = `Good morning, ${to.name}.`;
    await from.say(words);
    await from.seesMessage(words, "Delivered");
    await to.talkTo(from.name);
    await to.seesMessage(words);
  }
});

test("an invite that is withdrawn does not work any more", { timeout: 120_000 }, async () => {
  const sheet = await robin.invite("Noa Sample", { group: "Lab" });
  await robin.withdrawInvite("Noa Sample");
  const noa = await company.arrive("Chromium", "Noa Sample");
  await noa.tryToJoin(sheet.link);
  await noa.choosePassphrase();
  await noa.sees("that it cannot be used", (view) =>
    view.alerts.some((alert) => alert.includes("Ask your office lead for a new one")),
  );
  await company.leave(noa);
});

test("the audit trail says who did what", { timeout: 60_000 }, async () => {
  await holdsActs(office, [
    `office.open ${ROBIN}`,
    ...Array(4).fill(`invite.issue ${ROBIN}`),
    `invite.withdraw ${ROBIN}`,
    ...Object.values(staff).map(({ name }) => `person.join ${name}`),
    ...[robin, ...Object.values(staff)].map(({ name }) => `passphrase.set ${name}`),
  ]);
});

test("the kit brings the office back when nobody can administer it", { timeout: 120_000 }, async () => {
  await company.leave(robin);
  await company.leave(staff.priya);
  const sam = await company.arrive("Firefox", "Sam Restorer");
  await sam.restoreOffice(kit);
  // An administrator with the key of the office: the kit need not be kept again.
  const sheet = await sam.invite("Tess Newcomer", { role: "Administrator" });
  assert.match(sheet.link, /^crmplus-chat:\/\//);
  const { lena } = staff;
  await lena.talkTo("Sam Restorer");
  await lena.say("Is the office back?");
  await sam.talkTo("Lena Fischer");
  await sam.seesMessage("Is the office back?");
  await sam.say("It is.");
  await lena.seesMessage("It is.");
  await until("the new administrator in the trail", async () => {
    const joined = await office.audit("--format", "csv", "--kind", "person.join");
    return joined.includes("Sam Restorer");
  });
});
