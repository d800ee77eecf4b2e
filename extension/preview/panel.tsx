import { render } from "preact";
import { App } from "../src/panel/app";
import { Sight } from "../src/panel/sight";
import { FakeBackend } from "../test/fake-backend";
import {
  ana,
  codeSheet,
  comparing,
  connected,
  devices,
  founder,
  granted,
  kit,
  member,
  message,
  NOW,
  office,
  outside,
  roomTalk,
  safety,
  sheet,
  talk,
} from "../test/fake-views";

Date.now = () => NOW;

const changed = member({
  people: member().people.map((person) => (person === ana ? { ...ana, keys: "changed" } : person)),
});
const verified = member({
  people: member().people.map((person) => ({ ...person, keys: "verified" as const })),
});
const keysChanged = { code: "keys_changed", message: "" };

const scenes = {
  rooms: granted({ ...office(), people: verified.people }),
  roomTalk: granted(office(), roomTalk),
  room: granted(office(), roomTalk),
  newRoom: granted(office()),
  newRoomStaff: granted(member()),
  blocked: granted(changed, { ...talk, blocked: keysChanged }),
  alarm: granted({
    ...office(),
    alarm: {
      code: "roster_fork",
      message:
        "The gateway shows different rosters to different people. Sending is stopped; tell your office lead.",
      canClear: true,
    },
  }),
  office: granted(office()),
  officeEmpty: granted({ ...office(), people: [], rooms: [], invites: [] }),
  staff: granted(office()),
  invite: granted(office({ holdsOfficeKey: false })),
  inviteSheet: granted(office()),
  import: granted(office()),
  importBad: granted(office()),
  importSheets: granted(office()),
  invites: granted(office()),
  withdraw: granted(office()),
  rules: granted(office()),
  officeKey: granted(office({ holdsOfficeKey: false })),
  personVerify: granted(member()),
  personVerified: granted(verified),
  compareAsked: granted(comparing("asked"), talk),
  compareAskedList: granted(comparing("asked")),
  compareWaiting: granted(comparing("waiting")),
  compareEmoji: granted(comparing("comparing")),
  compareMatched: granted(comparing("matched")),
  compareDiffers: granted(comparing("broken", "differ")),
  compareBroken: granted(comparing("broken", "compare_commitment"), talk),
  personAdmin: granted(office()),
  personAdminOther: granted(office({ holdsOfficeKey: false })),
  removePerson: granted(office()),
  devices: granted(office()),
  revokeDevice: granted(office()),
  addDevice: granted(member()),
  people: granted(member()),
  talk: granted(member(), talk),
  reconnecting: granted(
    member({
      link: { state: "reconnecting", reason: "gateway_unreachable", retryAt: NOW + 8000, gateway: null },
    }),
    talk,
  ),
  offline: granted(
    member({ link: { state: "offline", reason: "wrong_gateway_key", retryAt: null, gateway: null } }),
    talk,
  ),
  odd: granted(member(), {
    with: `user:${ana.user}`,
    blocked: null,
    messages: [
      { ...message(1, 12, "", "undecryptable") },
      { ...message(2, 9, "This one was refused", "refused"), reason: "message_expired" },
      message(3, 8, `https://example.invalid/${"long".repeat(40)}`, "received"),
      message(4, 2, "مرحبا، هل وصل الطرد؟", "received"),
    ],
  }),
  empty: granted(member({ people: [], unread: 0 })),
  hidden: granted(member(), talk),
  newTalk: granted(member(), { with: `user:${ana.user}`, messages: [], blocked: null }),
  entry: granted(outside()),
  entryError: granted(outside({ problem: { code: "invite_used", message: "" } })),
  entryJoin: granted(outside({ problem: { code: "invite_damaged", message: "" } })),
  entryCode: granted(outside()),
  entrySignIn: granted(outside()),
  entryFound: granted(outside()),
  entering: granted(
    outside({
      stage: "entering",
      entering: { way: "sign_in", step: "stretching", office: "Hilltop Pharmacy", name: "Dana Lee" },
      link: { state: "reconnecting", reason: "timeout", retryAt: NOW + 3000, gateway: null },
    }),
  ),
  enteringPassphrase: granted(
    outside({
      stage: "entering",
      entering: { way: "join", step: "passphrase", office: null, name: "Dana Lee" },
    }),
  ),
  elsewhereReminder: granted(founder({ kitSaved: true, signsInElsewhere: false })),
  locked: granted(outside({ stage: "locked", link: connected })),
  lockedWrong: granted(
    outside({ stage: "locked", link: connected, problem: { code: "wrong_passphrase", message: "" } }),
  ),
  stale: granted(outside({ stage: "stale" })),
  removed: granted(outside({ stage: "removed" })),
  passphrase: granted(founder({ hasPassphrase: false })),
  kit: granted(founder()),
  kitReminder: granted(founder()),
  account: granted(founder({ kitSaved: true })),
  signOut: granted(founder({ kitSaved: true })),
  fault: { ...granted(member()), fault: { code: "storage_full", message: "" } },
  loading: { ...granted(member()), view: null },
};

/** What to press, by name, or to fill in, by label, until the scene is there. */
type Step = string | { fill: string; with: string };
const toOffice = ["Manage the office"];
const toAna = [...toOffice, "People", "Ana Ruiz"];
const table = (name: string): Step[] => [
  ...toOffice,
  "Invite many",
  { fill: "Or paste the table here", with: name },
  "Look at the rows",
];
const steps: Record<string, Step[]> = {
  room: ["About this room"],
  newRoom: ["New room"],
  newRoomStaff: ["New room"],
  office: toOffice,
  staff: [...toOffice, "People"],
  invite: [...toOffice, "Invite one"],
  inviteSheet: [...toOffice, "Invite one", { fill: "Name", with: "Lena Fischer" }, "Make the invite"],
  import: table("clean"),
  importBad: table("bad"),
  importSheets: [...table("clean"), "Invite 2 people"],
  invites: [...toOffice, "Open invites"],
  withdraw: [...toOffice, "Open invites", "Withdraw the invite of Lena"],
  rules: [...toOffice, "Rules"],
  officeKey: [...toOffice, "Office key"],
  personVerify: ["About Ana"],
  personVerified: ["About Ana", "Compare by text"],
  compareWaiting: ["About Ana"],
  compareEmoji: ["About Ana"],
  compareMatched: ["About Ana"],
  compareDiffers: ["About Ana"],
  personAdmin: toAna,
  personAdminOther: [...toOffice, "People", "Priya"],
  removePerson: [...toAna, "Remove from the office"],
  devices: ["Account and lock", "My workstations"],
  revokeDevice: ["Account and lock", "My workstations", "Sign out: Added Nov 14"],
  addDevice: ["Account and lock", "Add a workstation"],
  entryJoin: ["I have an invite"],
  entryCode: ["I have an invite", "Type an address and a code"],
  entrySignIn: ["I have chatted before"],
  entryFound: ["Open a new office"],
  kitReminder: ["Later"],
  account: ["Account and lock"],
  signOut: ["Account and lock", "Sign out here"],
};

const root = document.getElementById("app");
const scene = new URLSearchParams(location.search).get("scene") ?? "people";
const state = Object.entries(scenes).find(([name]) => name === scene)?.[1];
if (root !== null && state !== undefined) {
  const sight = new Sight();
  const backend = new FakeBackend(state);
  const people = [
    { name: "Lena Fischer", role: "staff" as const, group: "Front desk" },
    { name: "Omar Haddad", role: "admin" as const, group: null },
  ];
  const errors = [
    { row: 3, message: "the name is missing" },
    { row: 5, message: "the same name stands in row 2" },
  ];
  backend.answers = {
    recoveryKit: kit,
    safetyNumber: safety,
    readPeople: { people, errors: scene === "importBad" ? errors : [] },
  };
  backend.results = {
    invite: {
      kind: "sheets",
      sheets: scene === "importSheets" ? people.map(({ name }) => sheet(name)) : [sheet("Lena Fischer")],
    },
    addDevice: { kind: "code", sheet: codeSheet },
    fetchDevices: { kind: "devices", user: ana.user, devices },
  };
  render(<App backend={backend} sight={sight} framed={true} />, root);
  Object.assign(window, { sceneNames: Object.keys(scenes), sceneSteps: steps[scene] ?? [] });
}
