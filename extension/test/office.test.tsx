// @vitest-environment happy-dom
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import type { Me } from "../src/core/types";
import { isPrintJob } from "../src/messages/sheet";
import { ana, devices, kit, member, NOW, office, priya, sheet } from "./fake-views";
import { Seat } from "./seat";

let seat: Seat;
afterEach(() => {
  seat.leave();
  vi.useRealTimers();
});

const DAY = 24 * 60 * 60_000;

async function inOffice(page: string, change: Partial<Me> = {}): Promise<void> {
  seat = await Seat.take(office(change));
  seat.backend.answers.recoveryKit = kit;
  seat.backend.results.fetchDevices = { kind: "devices", user: ana.user, devices };
  await seat.press("Manage the office", page);
  seat.backend.calls.length = 0;
}

test("only administrators find the way to administration", async () => {
  seat = await Seat.take(member());
  expect(seat.buttons).not.toContain("Manage the office");
  await seat.press("Account and lock");
  expect(seat.buttons.join()).not.toContain("Manage the office");
});

test("one person is invited with name, role, place and time, and the sheet is shown", async () => {
  await inOffice("Invite one person");
  seat.backend.results.invite = { kind: "sheets", sheets: [sheet("Lena Fischer")] };
  await seat.fill("Name", "Lena Fischer");
  await seat.fill("Place or team", "Front desk");
  await seat.fill("How long can it be used?", String(7 * DAY));
  await seat.send("Make the invite");
  expect(seat.asked).toEqual([
    `invite [{"name":"Lena Fischer","role":"staff","group":"Front desk"}] ${7 * DAY}`,
  ]);
  expect(seat.heading).toBe("The invite is ready");
  expect(document.activeElement?.textContent).toBe("The invite is ready");
  expect(seat.text).toContain("K7QM-2XPA-93TD");
  expect(seat.text).toContain("192.168.1.20:7421");
  expect(seat.field("Link").value).toBe(sheet("").link);
});

test("a name that is taken is said, and what was typed stays", async () => {
  await inOffice("Invite one person");
  seat.backend.answer = { code: "name_taken", message: "" };
  await seat.fill("Name", "Ana Ruiz");
  await seat.send("Make the invite");
  expect(seat.alerts.join()).toContain("has this name already");
  expect(seat.field("Name").value).toBe("Ana Ruiz");
});

test("without the office key administrators cannot be invited, and it says why", async () => {
  await inOffice("Invite one person", { holdsOfficeKey: false });
  const admin = seat.find<HTMLOptionElement>("#person-role option[value=admin]");
  expect(admin.disabled).toBe(true);
  expect(seat.find("#person-role").getAttribute("aria-describedby")).toBe("person-role-hint");
  expect(seat.find("#person-role-hint").textContent).toContain("key of the office");
});

const people = [
  { name: "Lena Fischer", role: "staff" as const, group: "Front desk" },
  { name: "Omar Haddad", role: "admin" as const, group: null },
];

test("every bad row is told with its number, and nothing can be sent while there is one", async () => {
  await inOffice("Invite many");
  const errors = [
    { row: 3, message: "the name is missing" },
    { row: 5, message: "the same name stands in row 2" },
  ];
  seat.backend.answers.readPeople = { people, errors };
  await seat.fill("Or paste the table here", "name\nLena Fischer\n\n");
  await seat.press("Look at the rows");
  expect(seat.all(".bad-rows li").map((e) => e.textContent)).toEqual([
    "Row 3: the name is missing",
    "Row 5: the same name stands in row 2",
  ]);
  expect(seat.status).toContain("2 rows have to be mended");
  expect(seat.button("Invite 0 people").getAttribute("aria-disabled")).toBe("true");
  await seat.send("Invite 0 people");
  expect(seat.asked).toEqual([]);
});

test("a clean table is shown row by row, invited as a whole, and printed one sheet each", async () => {
  await inOffice("Invite many");
  seat.backend.answers.readPeople = { people, errors: [] };
  seat.backend.results.invite = { kind: "sheets", sheets: people.map(({ name }) => sheet(name)) };
  await seat.fill("Or paste the table here", "Lena Fischer,staff,Front desk\nOmar Haddad,admin");
  await seat.press("Look at the rows");
  expect(seat.all("tbody tr").map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
    ["Lena Fischer", "Staff", "Front desk"],
    ["Omar Haddad", "Administrator", "None"],
  ]);
  await seat.send("Invite 2 people");
  expect(seat.asked).toEqual([`invite ${JSON.stringify(people)} ${3 * DAY}`]);
  await seat.press("Print 2 sheets");
  const [job] = seat.backend.printed;
  expect(isPrintJob(job)).toBe(true);
  expect(job?.pages.map((page) => page.heading)).toEqual([
    "Lena Fischer: your invite to CRM+ Chat",
    "Omar Haddad: your invite to CRM+ Chat",
  ]);
  expect(job?.pages[0]).toMatchObject({ small: sheet("").link, qr: kit.qr });
  expect(job?.pages[0]?.facts.map(({ value }) => value)).toEqual(
    expect.arrayContaining(["Hilltop Pharmacy", "192.168.1.20:7421", "K7QM-2XPA-93TD"]),
  );
});

test("a table that was changed after the look has to be looked at again", async () => {
  await inOffice("Invite many");
  seat.backend.answers.readPeople = { people, errors: [] };
  await seat.fill("Or paste the table here", "Lena Fischer");
  await seat.press("Look at the rows");
  expect(seat.button("Invite 2 people").getAttribute("aria-disabled")).toBe("false");
  await seat.fill("Or paste the table here", "Lena Fischer\nboss,boss");
  expect(seat.button("Invite 0 people").getAttribute("aria-disabled")).toBe("true");
});

test("a file goes the same way as what is pasted", async () => {
  await inOffice("Invite many");
  seat.backend.answers.readPeople = { people, errors: [] };
  const field = seat.field("CSV file");
  const file = new File(["name\nLena Fischer"], "staff.csv", { type: "text/csv" });
  Object.defineProperty(field, "files", { value: [file] });
  await act(async () => void field.dispatchEvent(new Event("change", { bubbles: true })));
  await expect.poll(() => seat.backend.calls).toContain("ask readPeople name\nLena Fischer");
  expect(seat.field("Or paste").value).toBe("name\nLena Fischer");
});

test("a sheet without a code says to use the link, and prints none", async () => {
  await inOffice("Invite one person");
  seat.backend.results.invite = { kind: "sheets", sheets: [{ ...sheet("Lena"), code: "" }] };
  await seat.fill("Name", "Lena");
  await seat.send("Make the invite");
  expect(seat.text).toContain("use the link or the picture");
  await seat.press("Print the sheet");
  const labels = seat.backend.printed[0]?.pages[0]?.facts.map(({ label }) => label);
  expect(labels).not.toContain("Code");
});

test("an open invite is withdrawn after a question, an expired one can be made again", async () => {
  await inOffice("Open invites");
  expect(seat.text).toContain("Omar HaddadStaff · Expired");
  await seat.press("Withdraw the invite of Lena Fischer");
  expect(seat.text).toContain("Its link and its code do not work any more.");
  expect(seat.asked).toEqual([]);
  await seat.press("Withdraw");
  expect(seat.asked).toEqual([`withdrawInvite ${"21".padStart(32, "0")}`.replace(/^(\w+ \w{4}).*/, "$1")]);
  await seat.press("Invite Omar Haddad again");
  expect(seat.asked.at(-1)).toBe(`invite [{"name":"Omar Haddad","role":"staff","group":null}] ${3 * DAY}`);
});

test("role and place are changed one by one, and only what is different", async () => {
  await inOffice("People");
  seat.backend.results.setGroup = null;
  await seat.press("Ana Ruiz");
  await seat.fill("Place or team", "Lab");
  await seat.send("Save");
  expect(seat.asked.filter((call) => call.startsWith("set"))).toEqual(["setGroup 1a2b Lab"]);
  await seat.fill("Role", "auditor");
  await seat.fill("Place or team", "");
  await seat.send("Save");
  expect(seat.asked.filter((call) => call.startsWith("set"))).toEqual([
    "setGroup 1a2b Lab",
    "setRole 1a2b auditor",
  ]);
});

test("removing somebody names them, and is told when it is done", async () => {
  await inOffice("People");
  await seat.press("Ana Ruiz", "Remove from the office");
  expect(seat.text).toContain("Remove Ana Ruiz from the office?");
  await seat.press("Remove Ana Ruiz");
  expect(seat.asked).toContain("revokePerson 1a2b");
  await seat.see({ ...office(), people: office().people.filter(({ user }) => user !== ana.user) });
  expect(seat.heading).toBe("This colleague is no longer in the office.");
});

test("a removal that is refused stays on the page with its reason", async () => {
  await inOffice("People");
  await seat.press("Ana Ruiz", "Remove from the office", "Remove Ana Ruiz");
  await seat.fail("not_connected");
  expect(seat.alerts).toContain("Chat is not connected now. Try again once it is.");
});

test("somebody who lost everything is invited again, and the sheet shows there", async () => {
  await inOffice("People");
  seat.backend.results.inviteAgain = { kind: "sheets", sheets: [sheet("Ana Ruiz")] };
  await seat.press("Ana Ruiz", "Invite again", "Invite Ana Ruiz again");
  expect(seat.asked).toContain(`inviteAgain 1a2b ${3 * DAY}`);
  expect(seat.text).toContain("K7QM-2XPA-93TD");
});

test("without the office key nothing that needs it is offered about an administrator", async () => {
  await inOffice("People", { holdsOfficeKey: false });
  await seat.press(priya.name);
  expect(seat.text).toContain("Only a browser with the key of the office");
  expect(seat.buttons.filter((name) => /Remove|Invite again|Sign out/.test(name))).toEqual([]);
  expect(seat.all("#person-role")).toEqual([]);
});

test("rules are choices with the one of now among them, and go to the core together", async () => {
  await inOffice("Rules of the office");
  expect(seat.field("Keep messages for").value).toBe(String(90 * DAY));
  await seat.fill("Lock when nobody uses the computer for", String(5 * 60_000));
  await seat.fill("Keep messages for", String(DAY));
  await seat.send("Save the rules");
  const policy = { idleLockMs: 300_000, staleLockMs: 7 * DAY, staleWipeMs: 30 * DAY, historyMs: DAY };
  expect(seat.asked).toEqual([`setPolicy ${JSON.stringify(policy)}`]);
});

test("deleting before showing nothing is refused here already", async () => {
  await inOffice("Rules of the office");
  await seat.fill("Show nothing", String(60 * DAY));
  await seat.send("Save the rules");
  expect(seat.alerts).toEqual(["Deleting cannot come before showing nothing."]);
  expect(seat.asked).toEqual([]);
});

test("with the office key the kit can be shown again, without it the kit brings it here", async () => {
  await inOffice("Recovery kit");
  expect(seat.text).toContain("Type group");
  seat.leave();
  await inOffice("Office key on this browser", { holdsOfficeKey: false });
  await seat.fill("Recovery kit", "crmplus-chat://kit/1/made-up");
  await seat.send("Put the key here");
  expect(seat.asked).toEqual(["takeOfficeKey crmplus-chat://kit/1/made-up"]);
  await seat.see(office());
  expect(seat.heading).toBe("Manage the office");
});

test("a covered panel removes nobody", async () => {
  await inOffice("People");
  await seat.press("Ana Ruiz", "Remove from the office");
  seat.trusted = false;
  await seat.press("Remove Ana Ruiz");
  expect(seat.alerts.join()).toContain("Something on the page covers the chat");
  expect(seat.asked.filter((call) => call.startsWith("revoke"))).toEqual([]);
});

test("times of invites are said with their day", async () => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  await inOffice("Open invites");
  expect(seat.text).toMatch(/Valid until .*2026/);
});
