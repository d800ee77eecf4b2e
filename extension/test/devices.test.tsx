// @vitest-environment happy-dom
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ana, codeSheet, devices, member, NOW, office } from "./fake-views";
import { Seat } from "./seat";

let seat: Seat;
beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ["Date", "setInterval", "clearInterval"] }));
afterEach(() => {
  seat.leave();
  vi.useRealTimers();
});

async function atDevices(mine = devices): Promise<void> {
  seat = await Seat.take(member());
  seat.backend.results.fetchDevices = { kind: "devices", user: "", devices: mine };
  await seat.press("Account and lock", "My workstations");
}

test("each workstation says since when, when last, and which one this is", async () => {
  await atDevices();
  const rows = seat.all(".rows li").map((row) => row.textContent);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatch(/^This browserOnline now · Since .*Ends in 0011$/);
  expect(rows[1]).toContain("Last used");
  expect(rows[2]).toContain("Not used yet");
});

test("this browser is signed out elsewhere, not here", async () => {
  await atDevices();
  expect(seat.buttons.filter((name) => name.startsWith("Sign out:"))).toHaveLength(2);
});

test("of two that were added in the same minute each has its own button", async () => {
  await atDevices(devices.map((device) => ({ ...device, since: 0 })));
  const names = seat.buttons.filter((name) => name.startsWith("Sign out:"));
  expect(new Set(names).size).toBe(2);
});

test.each([
  [false, "revokeDevice 0000 false"],
  [true, "revokeDevice 0000 true"],
])("a workstation is signed out after a question; lost: %s", async (lost, call) => {
  await atDevices();
  await seat.press(seat.buttons.find((name) => name.startsWith("Sign out:")) ?? "");
  if (lost) await seat.tick("It is lost or stolen");
  expect(seat.asked).toEqual(["fetchDevices 0000"]);
  await seat.press("Sign it out");
  expect(seat.asked.at(-1)).toBe(call);
});

test("after signing one out the list is asked for anew", async () => {
  await atDevices();
  seat.backend.results.revokeDevice = null;
  await seat.press(seat.buttons.find((name) => name.startsWith("Sign out:")) ?? "", "Sign it out");
  expect(seat.asked).toEqual(["fetchDevices 0000", "revokeDevice 0000 false", "fetchDevices 0000"]);
  expect(seat.status).toContain("Signed out there.");
});

test("what is known stays on the screen while it is asked for anew", async () => {
  await atDevices();
  seat.backend.results = {};
  await seat.press("Look again");
  expect(seat.status).toContain("Asking the office relay...");
  expect(seat.all(".rows li")).toHaveLength(3);
});

test("without a connection the list says so and can be asked for again", async () => {
  seat = await Seat.take(member());
  seat.backend.answer = { code: "not_connected", message: "" };
  await seat.press("Account and lock", "My workstations");
  expect(seat.alerts).toEqual(["Chat is not connected now. Try again once it is."]);
  seat.backend.answer = null;
  seat.backend.results.fetchDevices = { kind: "devices", user: "", devices };
  await seat.press("Look again");
  expect(seat.all(".rows li")).toHaveLength(3);
});

test("an administrator sees the workstations of somebody else", async () => {
  seat = await Seat.take(office());
  seat.backend.results.fetchDevices = { kind: "devices", user: ana.user, devices: devices.slice(1) };
  await seat.press("Manage the office", "People", "Ana Ruiz");
  expect(seat.asked).toEqual(["fetchDevices 1a2b"]);
  expect(seat.text).toContain("Workstations of Ana Ruiz");
  expect(seat.all("[aria-labelledby=devices-title] li")).toHaveLength(2);
});

test("another workstation gets address, code and picture, for as long as they hold", async () => {
  seat = await Seat.take(member());
  seat.backend.results.addDevice = { kind: "code", sheet: codeSheet };
  await seat.press("Account and lock", "Add a workstation");
  expect(seat.asked).toEqual(["addDevice"]);
  expect(seat.text).toContain("P4RT-9WNE-K2CX");
  expect(seat.text).toContain("192.168.1.20:7421");
  expect(seat.find("svg.qr").getAttribute("aria-label")).toBe("Code for a camera");
  expect(seat.find("[role=timer]").textContent).toBe("Valid for 10:00 more");
  await act(() => void vi.advanceTimersByTime(61_000));
  expect(seat.find("[role=timer]").textContent).toBe("Valid for 8:59 more");
  await act(() => void vi.advanceTimersByTime(600_000));
  expect(seat.text).not.toContain("P4RT-9WNE-K2CX");
  expect(seat.status).toContain("This code has expired.");
  await seat.press("Make a new code");
  expect(seat.asked).toEqual(["addDevice", "addDevice"]);
});

test("leaving the page of a code forgets it", async () => {
  seat = await Seat.take(member());
  seat.backend.results.addDevice = { kind: "code", sheet: codeSheet };
  await seat.press("Account and lock", "Add a workstation", "Back");
  expect(seat.backend.calls.at(-1)).toBe(`forgetJob ${seat.backend.lastJob}`);
  expect(document.activeElement?.id).toBe("add-device");
});

test("signing out here asks first, and staying does nothing", async () => {
  seat = await Seat.take(member());
  await seat.press("Account and lock", "Sign out here");
  expect(seat.text).toContain("Your messages on this browser are deleted.");
  await seat.press("Stay signed in");
  expect(seat.asked).toEqual([]);
  expect(document.activeElement?.id).toBe("sign-out");
});
