import { render } from "preact";
import { App } from "../src/panel/app";
import { Sight } from "../src/panel/sight";
import { FakeBackend } from "../test/fake-backend";
import {
  ana,
  connected,
  founder,
  granted,
  kit,
  member,
  message,
  NOW,
  outside,
  talk,
} from "../test/fake-views";

Date.now = () => NOW;

const scenes = {
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

/** What to press, by name, until the scene is there. */
const steps: Record<string, string[]> = {
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
  backend.answers.recoveryKit = kit;
  render(<App backend={backend} sight={sight} framed={true} />, root);
  Object.assign(window, { sceneNames: Object.keys(scenes), sceneSteps: steps[scene] ?? [] });
}
