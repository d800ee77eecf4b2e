// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Me, View } from "../src/core/types";
import { App } from "../src/panel/app";
import type { Sight } from "../src/panel/sight";
import { FakeBackend } from "./fake-backend";
import { granted, kit, member, outside } from "./fake-views";

let backend: FakeBackend;
let root: HTMLElement;
let trusted: boolean;
const sight = {
  trustClick: () => trusted,
  seen: () => true,
  subscribe: () => () => undefined,
} as unknown as Sight;

beforeEach(() => {
  trusted = true;
  root = document.createElement("div");
  document.body.replaceChildren(root);
});
afterEach(() => render(null, root));

async function show(view: View): Promise<void> {
  backend = new FakeBackend(granted(view));
  backend.answers.recoveryKit = kit;
  await act(() => render(<App backend={backend} sight={sight} framed={true} />, root));
}
const next = (view: View) => act(() => backend.set(granted(view)));
const field = (id: string) => root.querySelector(`#${id}`) as HTMLInputElement;
const fill = (values: Record<string, string>) => {
  for (const [id, value] of Object.entries(values)) field(id).value = value;
};
const submit = () =>
  act(async () => {
    root.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  });
async function press(name: string): Promise<void> {
  const button = Array.from(root.querySelectorAll("button")).find(
    (b) => b.getAttribute("aria-label") === name || b.textContent?.includes(name),
  );
  if (button === undefined) throw new Error(`no button "${name}"`);
  await act(async () => button.click());
}
const page = () => root.textContent ?? "";
const me = (change: Partial<Me>): View => {
  const view = member();
  return { ...view, me: { ...(view.me as Me), ...change } };
};

test("three ways in", async () => {
  await show(outside());
  expect(Array.from(root.querySelectorAll(".way strong"), (way) => way.textContent)).toEqual([
    "I have an invite",
    "I have chatted before",
    "Open a new office",
  ]);
});

test.each([
  [["I have an invite"], { invite: "  crmplus-chat://invite/1/abc \n" }, "join crmplus-chat://invite/1/abc"],
  [
    ["I have an invite", "Type an address and a code"],
    { address: "192.168.1.20:8080", code: "AB-CD" },
    "joinByCode 192.168.1.20:8080 AB-CD",
  ],
  [
    ["I have chatted before"],
    { address: "192.168.1.20:8080", name: " Ana Ruiz", passphrase: " four odd words here " },
    "signIn 192.168.1.20:8080 Ana Ruiz  four odd words here ",
  ],
  [
    ["Open a new office"],
    { founding: "crmplus-chat://open/1/x", office: "Hilltop", name: "Ana" },
    "found crmplus-chat://open/1/x Hilltop Ana",
  ],
  [
    ["Open a new office", "I have a recovery kit"],
    { kit: "CRM+ Chat recovery kit 1 abcd", name: "Ana" },
    "restoreOffice CRM+ Chat recovery kit 1 abcd Ana",
  ],
])("%s leads to the core, and leaves nothing in the page", async (way, values, call) => {
  await show(outside());
  for (const step of way) await press(step);
  fill(values as Record<string, string>);
  await submit();
  expect(backend.calls).toEqual([call]);
  expect(
    Object.keys(values)
      .map((id) => field(id).value)
      .join(""),
  ).toBe("");
});

test("a refused invite stays to be mended, and the reason is tied to the field", async () => {
  await show(outside());
  await press("I have an invite");
  backend.answer = { code: "invite_damaged", message: "" };
  fill({ invite: "abc" });
  await submit();
  expect(page()).toContain("not whole");
  expect(field("invite").value).toBe("abc");
  expect(field("invite").getAttribute("aria-describedby")).toBe(root.querySelector(".error")?.id);
});

test("a refused passphrase does not stay in the page", async () => {
  await show(outside());
  await press("I have chatted before");
  backend.answer = { code: "bad_address", message: "" };
  fill({ address: "nowhere", name: "Ana", passphrase: "four odd words here" });
  await submit();
  expect([field("address").value, field("passphrase").value]).toEqual(["nowhere", ""]);
});

test("a failed sign-in does not say whether it was the name", async () => {
  await show(outside());
  await press("I have chatted before");
  await next(outside({ problem: { code: "wrong_passphrase", message: "" } }));
  expect(page()).toContain("Name and passphrase do not belong together.");
});

test("a refusal leads back to the form, with all that is no secret still in it", async () => {
  await show(outside());
  await press("I have chatted before");
  fill({ address: "192.168.1.20:8080", name: "Ana Ruiz", passphrase: "four odd words here" });
  await submit();
  const entering: View["entering"] = { way: "sign_in", step: "asking", office: null, name: "Ana Ruiz" };
  await next(outside({ stage: "entering", entering }));
  expect(root.querySelector("form")).toBeNull();
  await next(outside({ problem: { code: "wrong_passphrase", message: "" } }));
  expect(page()).toContain("Name and passphrase do not belong together.");
  expect(["address", "name", "passphrase"].map((id) => field(id).value)).toEqual([
    "192.168.1.20:8080",
    "Ana Ruiz",
    "",
  ]);
});

test("what was wrong with one way in is not said about another", async () => {
  await show(outside());
  await press("I have chatted before");
  fill({ address: "192.168.1.20:8080", name: "Ana Ruiz", passphrase: "four odd words here" });
  await submit();
  await next(outside({ problem: { code: "wrong_passphrase", message: "" } }));
  await press("Another way in");
  expect(root.querySelector(".error")).toBeNull();
  await press("I have an invite");
  expect(root.querySelector(".error")).toBeNull();
});

test("who was removed and is refused again is told why", async () => {
  await show(outside({ stage: "removed", problem: { code: "device_revoked", message: "" } }));
  await press("Get in again");
  expect(root.querySelector(".error")).toBeNull();
  await press("I have an invite");
  fill({ invite: "crmplus-chat://invite/1/abc" });
  await submit();
  await next(outside({ stage: "removed", problem: { code: "invite_used", message: "" } }));
  expect(page()).toContain("This invite was used already.");
});

test("what is missing is said and nothing is sent", async () => {
  await show(outside());
  await press("I have chatted before");
  fill({ address: "192.168.1.20:8080" });
  await submit();
  expect(page()).toContain("Please fill this in.");
  expect(document.activeElement).toBe(field("name"));
  expect(backend.calls).toEqual([]);
});

test("a covered panel takes no passphrase", async () => {
  await show(outside({ stage: "locked" }));
  trusted = false;
  fill({ passphrase: "secret" });
  await submit();
  await expect.poll(page).toContain("Something on the page covers the chat");
  expect(backend.calls).toEqual([]);
});

test("entering shows how far it is and can be cancelled", async () => {
  const entering = { way: "sign_in", step: "stretching", office: null, name: "Ana" } as const;
  await show(outside({ stage: "entering", entering }));
  expect(root.querySelector("[aria-current=step]")?.textContent).toBe("Working on the passphrase");
  await press("Cancel");
  expect(backend.calls).toEqual(["stopEntering"]);
});

test("a wrong passphrase is said, twice in a row too", async () => {
  await show(outside({ stage: "locked" }));
  const wrong = outside({ stage: "locked", problem: { code: "wrong_passphrase", message: "" } });
  for (let i = 0; i < 2; i++) {
    fill({ passphrase: "secret" });
    await submit();
    expect(page()).toContain("Unlocking...");
    expect(field("passphrase").value).toBe("");
    await next(structuredClone(wrong));
    expect(page()).not.toContain("Unlocking...");
    expect(page()).toContain("passphrase is not right");
  }
  expect(backend.calls).toEqual(["unlock secret", "unlock secret"]);
});

test("too many tries, stale and removed say what to do", async () => {
  await show(outside({ stage: "locked", problem: { code: "too_many_attempts", message: "" } }));
  expect(page()).toContain("Wait a while");
  await next(outside({ stage: "stale" }));
  expect(page()).toContain("nothing is shown or sent");
  await press("Try now");
  expect(backend.calls).toEqual(["retry"]);
  await next(outside({ stage: "removed" }));
  expect(page()).toContain("everything on it was deleted");
  await press("Get in again");
  expect(root.querySelectorAll(".way")).toHaveLength(3);
});

const invited = { way: "join", step: "passphrase", office: null, name: "Dana Lee" } as const;
const choosing = outside({ stage: "entering", entering: invited });

test("on the way in a passphrase is chosen first, and one can stop", async () => {
  await show(choosing);
  expect(page()).toContain("Choose a passphrase");
  fill({ passphrase: "dana lee dana lee", again: "dana lee dana lee" });
  await submit();
  expect(page()).toContain("Your name");
  fill({ passphrase: "four odd words here", again: "four odd words here" });
  await submit();
  expect(backend.calls).toEqual(["setPassphrase four odd words here"]);
  await next(outside({ ...choosing, entering: { ...invited, step: "stretching" } }));
  expect(page()).toContain("Working on the passphrase");
  await next({ ...choosing, problem: { code: "stretch_failed", message: "It may lack memory." } });
  expect(page()).toContain("lack memory");
  await press("Cancel");
  expect(backend.calls.at(-1)).toBe("stopEntering");
});

test("who cannot sign in elsewhere is reminded and led to where it is mended", async () => {
  await show(me({ signsInElsewhere: false }));
  expect(page()).toContain("does not sign you in on other workstations");
  await press("Set passphrase");
  expect(page()).toContain("Change passphrase");
  await show(me({ signsInElsewhere: null }));
  expect(page()).not.toContain("does not sign you in");
});

test("without a passphrase there is no chat and no way around it", async () => {
  await show(me({ hasPassphrase: false }));
  expect(page()).toContain("Choose a passphrase");
  expect(page()).not.toContain("Ana Ruiz");
  expect(Array.from(root.querySelectorAll("main button"), (b) => b.textContent)).toEqual([
    "Show",
    "Show",
    "Set passphrase",
  ]);
});

test.each([
  ["short", "short", "too short"],
  ["dana lee dana lee", "dana lee dana lee", "Your name"],
  ["four odd words here", "four odd words there", "not the same"],
])("the passphrase %s is refused here already", async (passphrase, again, reason) => {
  await show(me({ hasPassphrase: false }));
  fill({ passphrase, again });
  await submit();
  expect(page()).toContain(reason);
  expect(backend.calls).toEqual([]);
  expect(field("passphrase").value + field("again").value).toBe("");
});

test("the passphrase is set as a job, which is forgotten when it is done", async () => {
  const view = me({ hasPassphrase: false });
  await show(view);
  fill({ passphrase: "four odd words here", again: "four odd words here" });
  await submit();
  const job = backend.lastJob;
  expect(backend.calls).toEqual(["setPassphrase four odd words here"]);
  expect(page()).toContain("Setting the passphrase...");
  await next({
    ...view,
    jobs: [{ id: job, state: "failed", problem: { code: "not_connected", message: "" }, result: null }],
  });
  expect(page()).toContain("not connected now");
  await next({ ...member(), jobs: [{ id: job, state: "done", problem: null, result: null }] });
  expect(page()).toContain("Ana Ruiz");
  expect(backend.calls.at(-1)).toBe(`forgetJob ${job}`);
});

test("the kit is offered at once, printed, and confirmed by one of its groups", async () => {
  await show(me({ holdsOfficeKey: true }));
  expect(page()).toContain("Keep the recovery kit");
  await press("Print");
  expect(backend.printed[0]?.pages[0]?.groups).toEqual(kit.groups);
  const n = Number(/Type group (\d+)/.exec(page())?.[1]);
  fill({ group: "wrong" });
  await submit();
  expect(page()).toContain("not this group");
  fill({ group: kit.groups[n - 1]?.toLowerCase().replace("-", " ") ?? "" });
  await submit();
  expect(backend.calls.at(-1)).toBe("kitWasSaved");
  expect(page()).not.toContain(kit.groups[0]);
});

test("the kit put off leaves a reminder until it is saved", async () => {
  await show(me({ holdsOfficeKey: true }));
  await press("Later");
  expect(page()).toContain("The recovery kit is not saved yet.");
  await press("Recovery kit");
  expect(page()).toContain("Keep the recovery kit");
  await press("Later");
  await next(me({ holdsOfficeKey: true, kitSaved: true }));
  expect(page()).not.toContain("not saved yet");
});

test("lock and sign out stand behind the lock button, signing out asks first", async () => {
  await show(member());
  await press("Account and lock");
  await press("Lock now");
  await press("Sign out here");
  expect(backend.calls).toEqual(["lock"]);
  await press("Sign out here");
  expect(backend.calls).toEqual(["lock", "signOut"]);
});

test("a job that went with a restarted background is told as lost and not waited for", async () => {
  const view = me({ hasPassphrase: false });
  await show(view);
  fill({ passphrase: "four odd words here", again: "four odd words here" });
  await submit();
  const job = backend.lastJob;
  await next({ ...view, jobs: [{ id: job, state: "working", problem: null, result: null }] });
  expect(page()).toContain("Setting the passphrase...");
  await next(view);
  expect(page()).not.toContain("Setting the passphrase...");
  expect(page()).toContain("Look whether it was done before trying again.");
});
