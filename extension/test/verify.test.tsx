// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import type { Person, View } from "../src/core/types";
import { ana, member, office, safety, talk } from "./fake-views";
import { Seat } from "./seat";

let seat: Seat;
afterEach(() => seat.leave());

const withKeys = (keys: Person["keys"]): View =>
  member({ people: member().people.map((person) => (person === ana ? { ...ana, keys } : person)) });

async function aboutAna(keys: Person["keys"] = "unverified"): Promise<void> {
  seat = await Seat.take(withKeys(keys), talk);
  seat.backend.answers.safetyNumber = safety;
  await seat.press("Ana Ruiz", "About Ana Ruiz");
}

test("the safety number stands there in groups, with a picture", async () => {
  await aboutAna();
  expect(seat.all(".safety-number li").map((e) => e.textContent)).toEqual(safety.groups);
  expect(seat.find(".safety-number").getAttribute("aria-label")).toBe("Safety number with Ana Ruiz");
  expect(seat.text).toContain("You have not verified Ana Ruiz yet.");
});

test("what people compared is marked, and shows beside the name in words too", async () => {
  await aboutAna();
  await seat.press("Mark as verified");
  expect(seat.asked).toEqual(["markVerified 1a2b"]);
  await seat.see(withKeys("verified"));
  expect(seat.status).toContain("You have verified Ana Ruiz.");
  expect(seat.buttons).not.toContain("Mark as verified");
  await seat.press("Back");
  expect(seat.find(".who-name").textContent).toBe("Ana RuizVerified");
  expect(seat.find(`#person-${ana.user}`).textContent).toContain("Verified");
});

test("a text from the other side is compared by the core", async () => {
  await aboutAna();
  await seat.fill("Compare by text", safety.text);
  await seat.send("Compare");
  expect(seat.asked).toEqual([`checkSafetyText 1a2b ${safety.text}`]);
  expect(seat.status).toContain("It matches. Verified.");
});

test("a text that does not match warns, and is not called a match", async () => {
  await aboutAna();
  seat.backend.answer = { code: "safety_mismatch", message: "" };
  await seat.fill("Compare by text", "crmplus-chat://verify/1/other");
  await seat.send("Compare");
  expect(seat.alerts.join()).toContain("This does not match. Do not write anything private");
  expect(seat.text).not.toContain("It matches.");
});

test("changed keys stop writing until they are compared or taken", async () => {
  const blocked = { code: "keys_changed", message: "" };
  seat = await Seat.take(withKeys("changed"), { ...talk, blocked });
  seat.backend.answers.safetyNumber = safety;
  await seat.press("Ana Ruiz");
  expect(seat.all("#composer")).toEqual([]);
  expect(seat.alerts.join()).toContain("The keys of Ana Ruiz changed.");
  expect(seat.find(".who-name").textContent).toBe("Ana RuizKeys changed");
  await seat.press("Go on without comparing");
  expect(seat.asked).toEqual([]);
  await seat.press("Trust them");
  expect(seat.asked).toEqual(["acknowledgeKeys 1a2b"]);
  await seat.press("Compare the safety number");
  expect(seat.heading).toBe("Ana Ruiz");
  expect(seat.status.join()).toContain("Compare the number again before you write.");
});

test("where one may not write for another reason there is no way around it", async () => {
  seat = await Seat.take(member(), { ...talk, blocked: { code: "unknown_person", message: "" } });
  await seat.press("Ana Ruiz");
  expect(seat.all("#composer")).toEqual([]);
  expect(seat.alerts.join()).toContain("This colleague is no longer in the office.");
  expect(seat.buttons.join()).not.toContain("Go on");
});

const alarm = { code: "roster_fork", message: "Two lists.", canClear: true };

test("an alarm stands above everything, on pages too, and is cleared after a question", async () => {
  seat = await Seat.take({ ...office(), alarm });
  expect(seat.alerts).toEqual(["Warning. Two lists."]);
  await seat.press("Manage the office");
  expect(seat.alerts).toEqual(["Warning. Two lists."]);
  await seat.press("Clear");
  expect(seat.asked).toEqual([]);
  await seat.press("Clear the warning");
  expect(seat.asked).toEqual(["clearAlarm"]);
});

test("an alarm that cannot be cleared offers no way to", async () => {
  seat = await Seat.take({ ...member(), alarm: { ...alarm, canClear: false } });
  expect(seat.buttons).not.toContain("Clear");
});
