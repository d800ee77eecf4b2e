// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import type { Person, View } from "../src/core/types";
import { brokenText } from "../src/strings/verify";
import { ana, comparing, emoji, member, office, safety, talk } from "./fake-views";
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
  const warning =
    "Warning. The office relay shows different lists of people to different browsers. Nothing is sent; tell your office lead.";
  expect(seat.alerts).toEqual([warning]);
  await seat.press("Manage the office");
  expect(seat.alerts).toEqual([warning]);
  await seat.press("Clear");
  expect(seat.asked).toEqual([]);
  await seat.press("Clear the warning");
  expect(seat.asked).toEqual(["clearAlarm"]);
});

test("an alarm that cannot be cleared offers no way to", async () => {
  seat = await Seat.take({ ...member(), alarm: { ...alarm, canClear: false } });
  expect(seat.buttons).not.toContain("Clear");
});

async function aboutComparing(view: View): Promise<void> {
  seat = await Seat.take(view, talk);
  seat.backend.answers.safetyNumber = safety;
  await seat.press("Ana Ruiz", "About Ana Ruiz");
}

/** As the fake backend shortens ids. */
const COMPARISON = "0000";

test("somebody on line is asked to compare by emoji, and one waits or stops", async () => {
  await aboutComparing(member());
  await seat.press("Compare by emoji");
  expect(seat.asked).toEqual(["startComparison 1a2b"]);
  await seat.see(comparing("waiting"));
  expect(seat.status.join()).toContain("Waiting until Ana Ruiz agrees.");
  expect(seat.all(".emoji-list")).toEqual([]);
  await seat.press("Stop comparing");
  expect(seat.asked.at(-1)).toBe("closeComparison 1a2b");
  await seat.see(comparing("accepted"));
  expect(seat.status.join()).toContain("Waiting for the browser of Ana Ruiz.");
});

test("somebody who is away cannot be asked, and a refusal is said in words", async () => {
  const away = member({
    people: member().people.map((one) => (one === ana ? { ...ana, presence: "offline" as const } : one)),
  });
  await aboutComparing(away);
  expect(seat.buttons).not.toContain("Compare by emoji");
  expect(seat.text).toContain("Ana Ruiz has to be on line for this.");
  await seat.see(member());
  seat.backend.answer = { code: "not_online", message: "" };
  await seat.press("Compare by emoji");
  expect(seat.alerts.join()).toContain("This colleague is not on line now.");
});

test("who is asked sees it in list and conversation, hears it, and has to agree", async () => {
  seat = await Seat.take(member(), talk);
  await seat.see(comparing("asked"));
  expect(seat.find(`#person-${ana.user}`).textContent).toContain("Wants to compare keys");
  expect(seat.find("[role=log]").textContent).toBe("Ana Ruiz wants to compare keys");
  seat.backend.answers.safetyNumber = safety;
  await seat.press("Ana Ruiz");
  expect(seat.status.join()).toContain("Ana Ruiz wants to compare keys with you by emoji.");
  expect(seat.asked).toEqual([]);
  await seat.press("Compare now");
  expect(seat.asked).toEqual(["acceptComparison 1a2b"]);
  // What follows is on the page about her.
  expect(seat.find("h1").textContent).toBe("Ana Ruiz");
  expect(seat.all("#emoji-title").length).toBe(1);
});

test("a question can be declined from the conversation, and nothing is done under a cover", async () => {
  seat = await Seat.take(comparing("asked"), talk);
  await seat.press("Ana Ruiz");
  seat.trusted = false;
  await seat.press("Compare now");
  expect(seat.asked).toEqual([]);
  expect(seat.alerts.join()).toContain("Something on the page covers the chat");
  seat.trusted = true;
  await seat.press("Not now");
  expect(seat.asked).toEqual(["closeComparison 1a2b"]);
});

test("seven emoji stand in a list with their names, and a match is about these and no others", async () => {
  await aboutComparing(comparing("comparing"));
  const list = seat.find("[role=list].emoji-list");
  expect(list.getAttribute("aria-label")).toBe("Seven pictures to compare with Ana Ruiz");
  const rows = seat.all(".emoji-list li");
  expect(rows.map((e) => e.lastElementChild?.textContent)).toEqual(emoji.map(({ name }) => name));
  expect(rows.map((e) => e.querySelector("[aria-hidden=true]")?.textContent)).toEqual(
    emoji.map(({ symbol }) => symbol),
  );
  await seat.press("They match");
  expect(seat.backend.calls).toContain(`finishComparison 1a2b ${COMPARISON} true`);
  await seat.see(comparing("matched"));
  expect(seat.status.join()).toContain("They match: you have verified Ana Ruiz.");
  expect(seat.all(".emoji-list li").length).toBe(7);
  expect(seat.buttons).not.toContain("They match");
  await seat.press("Close");
  expect(seat.asked.at(-1)).toBe("closeComparison 1a2b");
});

test("what differs warns at once and says what to do, on page and in the conversation", async () => {
  await aboutComparing(comparing("comparing"));
  await seat.press("They differ");
  expect(seat.asked).toEqual([`finishComparison 1a2b ${COMPARISON} false`]);
  await seat.see(comparing("broken", "differ"));
  expect(seat.alerts.join()).toContain("Comparison broken off: the pictures differ");
  expect(seat.alerts.join()).toContain("tell your office lead");
  expect(seat.all(".emoji-list")).toEqual([]);
  await seat.press("Back");
  expect(seat.alerts.join()).toContain("Comparison broken off: the pictures differ");
  await seat.press("Show");
  await seat.press("Compare again");
  expect(seat.asked.at(-1)).toBe("startComparison 1a2b");
});

test("each reason has words of its own", () => {
  const reasons = [
    ...["declined", "stopped", "differ", "other_differs", "busy", "over", "refused", "expired"],
    ...["keys_changed", "device_gone", "compare_commitment", "compare_key", "compare_order"],
  ];
  expect(new Set(reasons.map(brokenText)).size).toBe(reasons.length);
  expect(reasons.map(brokenText)).not.toContain(brokenText("something new"));
});

test("in another browser of one's own it only says so", async () => {
  await aboutComparing(comparing("elsewhere"));
  expect(seat.status.join()).toContain("You compare with Ana Ruiz in another browser of yours.");
  expect(seat.buttons).not.toContain("They match");
});
