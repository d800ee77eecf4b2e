// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import { ana, auditors, everybody, frontDesk, marcus, member, office, roomTalk } from "./fake-views";
import { Seat } from "./seat";

let seat: Seat;
afterEach(() => seat.leave());

const staff = () => ({ ...member(), rooms: [frontDesk, everybody] });

test("rooms and people stand in one list, the newest conversation first", async () => {
  seat = await Seat.take(office());
  const names = seat.all(".person-name").map((e) => e.textContent);
  expect(names.slice(0, 3)).toEqual(["Front desk", "Ana Ruiz", "Marcus Webb"]);
  expect(names).toContain("A room (name not yet known here)");
  expect(seat.find(`#room-${frontDesk.room}`).textContent).toContain(
    "Marcus Webb: Who has the keys to the cabinet?",
  );
  expect(seat.find(`#room-${frontDesk.room}`).textContent).toContain("1 unread message");
});

test("an open room says who is in it, and who said what", async () => {
  seat = await Seat.take(office(), roomTalk);
  await seat.press("Front desk");
  expect(seat.find(".who").textContent).toBe("Front desk3 members: Ana Ruiz, Marcus Webb");
  expect(seat.find(".privacy").textContent).toBe("Private to the 3 members · end-to-end encrypted");
  expect(seat.all(".speaker").map((e) => e.textContent)).toEqual([
    "Marcus Webb: ",
    "Ana Ruiz: ",
    "Marcus Webb: ",
  ]);
  expect(seat.backend.calls).toContain("markRead room:d00d");
});

test("messages that are missing are counted, and one that does not open says why", async () => {
  seat = await Seat.take(office(), roomTalk);
  await seat.press("Front desk");
  expect(seat.find(".missing").textContent).toBe("2 messages missing before this one");
  expect(seat.text).toContain("This message could not be opened.");
  expect(seat.find(".broken-why").textContent).toContain("sealed for keys that this browser does not have");
});

test("one writes to a room as to a person", async () => {
  seat = await Seat.take(office(), roomTalk);
  await seat.press("Front desk");
  const field = seat.find<HTMLTextAreaElement>("#composer");
  field.value = "I have them.";
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await expect.poll(() => seat.button("Send").disabled).toBe(false);
  await seat.send("Send");
  expect(seat.asked).toEqual(["sendText room:d00d I have them."]);
});

test("staff make rooms of chosen people alone, and land in the new room", async () => {
  seat = await Seat.take(member());
  await seat.press("New room");
  expect(seat.text).not.toContain("Everyone in the office");
  await seat.fill("Name of the room", " Front desk ");
  await seat.send("Make the room");
  expect(seat.alerts).toEqual(["Choose at least one colleague."]);
  await seat.tick("Ana Ruiz");
  await seat.tick("Marcus Webb");
  await seat.tick("Marcus Webb");
  await seat.send("Make the room");
  expect(seat.asked).toEqual([`makeRoom Front desk {"kind":"chosen","users":["${ana.user}"]}`]);
  const jobs = [{ id: seat.backend.lastJob, state: "done" as const, problem: null, result: null }];
  await seat.see({ ...staff(), jobs });
  expect(seat.heading).toBe("Front desk");
  expect(seat.backend.calls).toContain(`watch room:${frontDesk.room}`);
});

test.each([
  ["Everyone in the office", '{"kind":"everyone"}'],
  ["Everyone of a role", '{"kind":"role","role":"staff"}'],
  ["Everyone in a place or team", '{"kind":"group","group":"Front desk"}'],
])("administrators also make a room of: %s", async (kind, members) => {
  seat = await Seat.take(office());
  await seat.press("New room");
  await seat.tick(kind);
  await seat.fill("Name of the room", "News");
  await seat.send("Make the room");
  expect(seat.asked).toEqual([`makeRoom News ${members}`]);
});

test("a room that could not be made keeps its name and says why", async () => {
  seat = await Seat.take(office());
  await seat.press("New room");
  await seat.tick("Everyone in the office");
  await seat.fill("Name of the room", "News");
  await seat.send("Make the room");
  await seat.fail("not_connected");
  expect(seat.alerts).toEqual(["Chat is not connected now. Try again once it is."]);
  expect(seat.field("Name of the room").value).toBe("News");
});

const aboutRoom = async (view = staff()) => {
  seat = await Seat.take(view, roomTalk);
  await seat.press("Front desk", "About this room");
};

test("whoever looks after a room removes a member after a question that names both", async () => {
  await aboutRoom();
  expect(document.activeElement?.textContent).toBe("Front desk");
  await seat.press("Remove Marcus Webb");
  expect(document.activeElement?.textContent).toBe("Remove Marcus Webb from this room?");
  expect(seat.asked).toEqual([]);
  await seat.press("Cancel");
  expect(document.activeElement?.textContent).toBe("Remove Marcus Webb");
  await seat.press("Remove Marcus Webb", "Remove");
  expect(seat.asked.at(-1)).toBe(`changeRoom d00d [] ["${marcus.user}"]`);
});

test("members are added by ticking them; who is in it already is not offered", async () => {
  await aboutRoom();
  expect(seat.all(".pick-row").map((e) => e.textContent)).toEqual([
    "José Álvarez-Montenegro",
    "Priya NatarajanAdministrator",
    "Tom Okafor",
  ]);
  expect(seat.button("Add them").disabled).toBe(true);
  await seat.tick("Tom Okafor");
  await seat.send("Add them");
  expect(seat.asked).toEqual([`changeRoom d00d ["9f22${"0".repeat(28)}"] []`]);
});

test("renaming, leaving and closing reach the core; the last two ask first", async () => {
  await aboutRoom();
  await seat.fill("Name of the room", "Reception");
  await seat.send("Rename");
  await seat.press("Leave the room");
  expect(seat.text).toContain("Leave this room?");
  await seat.press("Leave the room", "Close the room");
  expect(seat.text).toContain("Close Front desk for everybody?");
  await seat.press("Close the room");
  expect(seat.asked).toEqual(["renameRoom d00d Reception", "leaveRoom d00d", "closeRoom d00d"]);
});

test("who may neither manage nor leave a room sees its members alone", async () => {
  await aboutRoom({ ...member(), rooms: [{ ...frontDesk, canManage: false, canLeave: false }] });
  expect(seat.text).toContain("3 members");
  expect(seat.buttons.filter((name) => /Remove|Add|Rename|Leave|Close the/.test(name))).toEqual([]);
});

test("a page goes back to where it was opened, with the cursor on what opened it", async () => {
  await aboutRoom();
  await seat.press("Back");
  expect(document.activeElement?.id).toBe("about");
  expect(seat.heading).toBe("Front desk");
});

test("a room that is gone meanwhile is told so", async () => {
  await aboutRoom();
  await seat.see(member());
  expect(seat.text).toContain("This room is closed, or you are no longer in it.");
});

test("an administrator looks after a room of others from outside it", async () => {
  seat = await Seat.take(office());
  await seat.press("Manage the office", "Rooms of others");
  expect(seat.text).toContain("You look after these rooms and cannot read them");
  await seat.press("Auditors");
  expect(document.activeElement?.textContent).toBe("Auditors");
  expect(seat.text).toContain("Members come and go by themselves here, with the office.");
  await seat.press("Close the room", "Close the room");
  expect(seat.asked.at(-1)).toBe(`closeRoom ${auditors.room.replace(/0+$/, "")}`);
});

test("staff and an administrator who is in every room see nothing of it", async () => {
  seat = await Seat.take({ ...office(), otherRooms: [] });
  await seat.press("Manage the office");
  expect(seat.text).not.toContain("Rooms of others");
});
