import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Office } from "./office.mjs";
import { BROWSERS, Person } from "./person.mjs";
import { TcpProxy } from "./taps/tcp-proxy.mjs";
import { until } from "./wait.mjs";

/** Longer than an extension waits between two tries after a few that failed. */
const BACK_WITHIN = 60_000;
const UNTIL_IDLE_MS = 3_000;

let office;
let ana;
let ben;
/** Between Ana and the gateway; Ben goes straight. */
let cable;
let said = 0;

before(async () => {
  office = await Office.start();
  cable = await TcpProxy.listen({ to: Number(new URL(office.ready.gateway[0]).port) });
  ana = await arrive(BROWSERS.Chromium, "Ana Sample", { address: `ws://127.0.0.1:${cable.port}` });
  ben = await arrive(BROWSERS.Firefox, "Ben Example");
  await ana.talkTo(ben.name);
  await ben.talkTo(ana.name);
  await exchange("Good morning.", "Good morning to you.");
});

after(async () => {
  await ana?.leave();
  await ben?.leave();
  await cable?.close();
  await office?.stop();
});

test("gateway killed", { timeout: 120_000 }, async () => {
  await office.withoutSupervisor(async () => {
    await office.kill("gateway");
    for (const person of [ana, ben]) await person.sees("that it is cut off", cutOff);
    await say(ana, "Typed while the gateway was gone.");
    await ana.seesMessage("Typed while the gateway was gone.", "Waiting to be sent");
    await say(ben, "Here too.");
  });
  await arrivesOnce(ana, ben, "Typed while the gateway was gone.");
  await arrivesOnce(ben, ana, "Here too.");
});

test("broker killed", { timeout: 120_000 }, async () => {
  await office.withoutSupervisor(async () => {
    await office.kill("nats");
    await ana.sees("why nothing moves", (view) => view.text.includes("message service"));
    await say(ana, "Typed while the broker was gone.");
    await ana.seesMessage("Typed while the broker was gone.", "Waiting to be sent");
  });
  await arrivesOnce(ana, ben, "Typed while the broker was gone.");
  await ana.sees(
    "that all is well",
    (view) => view.link === "Connected" && !view.text.includes("message service"),
  );
});

test("sink killed", { timeout: 120_000 }, async () => {
  await office.withoutSupervisor(async () => {
    await office.kill("sink");
    await exchange("Nobody writes the trail now.", "The broker keeps it.");
  });
  await allRecorded();
});

test("Chromium ends the service worker", { timeout: 120_000 }, async () => {
  const history = (await ana.view()).messages.map((message) => message.text);
  await ana.browser.endBackground();
  await ana.sees("that it is back", (view) => view.link === "Connected", { within: BACK_WITHIN });
  assert.deepEqual(
    (await ana.view()).messages.map((message) => message.text),
    history,
  );
  await exchange("After the worker's end.", "Still here.");

  // What waits to be sent is in no worker's memory alone.
  await office.withoutSupervisor(async () => {
    await office.kill("gateway");
    await ana.sees("that it is cut off", cutOff);
    await say(ana, "Typed before the worker's end.");
    await ana.browser.endBackground();
    await ana.seesMessage("Typed before the worker's end.", "Waiting to be sent");
  });
  await arrivesOnce(ana, ben, "Typed before the worker's end.");
});

test("Firefox ends the event page", { timeout: 120_000 }, async (t) => {
  const preferences = { "extensions.background.idle.timeout": UNTIL_IDLE_MS };
  const eve = await arrive(BROWSERS.Firefox, "Eve Mockup", { preferences });
  t.after(() => eve.leave());
  await eve.talkTo(ana.name);
  await say(eve, "Before the end.");
  await eve.seesMessage("Before the end.", "Delivered");

  // Without an open page nobody asks for the event page, and its end is seen as an absence.
  await ana.talkTo(eve.name);
  await eve.browser.open("about:blank");
  await ana.sees("Eve away", (view) => view.presence?.startsWith("Away"));
  await say(ana, "Sent while the event page was gone.");
  await ana.seesMessage("Sent while the event page was gone.", "Sent");
  await eve.openChat(office.page());
  await eve.talkTo(ana.name);
  await eve.seesMessage("Before the end.");
  await arrivesOnce(ana, eve, "Sent while the event page was gone.");

  await office.withoutSupervisor(async () => {
    await office.kill("gateway");
    await eve.sees("that it is cut off", cutOff);
    await say(eve, "Typed before the second end.");
    await eve.browser.open("about:blank");
  });
  await ana.sees(
    "Eve away, the gateway back",
    (view) => view.link === "Connected" && view.presence?.startsWith("Away"),
  );
  await eve.openChat(office.page());
  await eve.talkTo(ana.name);
  await arrivesOnce(eve, ana, "Typed before the second end.");
  await ana.talkTo(ben.name);
});

test("the network goes silent, as when a laptop sleeps", { timeout: 180_000 }, async (t) => {
  // Meanwhile Firefox must not end the event page of somebody whose panel is closed but whose CRM page is open.
  const eve = await arrive(BROWSERS.Firefox, "Eve Placeholder");
  t.after(() => eve.leave());
  await eve.closePanel();
  const logins = await count("session.login");
  cable.fallSilent();
  await ana.sees("that nobody answers", cutOff, { within: 90_000 });
  await say(ana, "Typed in the silence.");
  await ben.sees(`${ana.name} away`, (view) => view.presence?.startsWith("Away"), { within: 90_000 });
  await say(ben, "Sent into the silence.");
  await ben.seesMessage("Sent into the silence.", "Sent");
  assert.equal(await count("session.login"), logins, "nobody else had to come back");
  cable.speak();
  await arrivesOnce(ana, ben, "Typed in the silence.");
  await arrivesOnce(ben, ana, "Sent into the silence.");
  await allRecorded();
});

async function arrive(Browser, name, { address, ...options } = {}) {
  const person = await Person.arrive(Browser, office, name, options);
  await person.openChat(office.page());
  await person.join(await office.invite(name, { address }));
  return person;
}

/** A word from each side, both delivered. */
async function exchange(fromAna, fromBen) {
  await say(ana, fromAna);
  await arrivesOnce(ana, ben, fromAna);
  await say(ben, fromBen);
  await arrivesOnce(ben, ana, fromBen);
}

async function arrivesOnce(from, to, text) {
  await to.seesMessage(text, undefined, { within: BACK_WITHIN });
  await from.seesMessage(text, "Delivered", { within: BACK_WITHIN });
  const { messages } = await to.view();
  assert.equal(
    messages.filter((message) => message.text === text).length,
    1,
    `"${text}" arrived more than once`,
  );
}

function cutOff(view) {
  return view.link === "Reconnecting" && view.reason !== null && view.reason !== "";
}

async function say(person, text) {
  said += 1;
  await person.say(text);
}

/** One record of each kind for each message, however often it had to be offered. */
async function allRecorded() {
  for (const kind of ["message.sent", "message.delivered"]) {
    await until(`${said} records of ${kind}`, async () => (await count(kind)) >= said, {
      within: BACK_WITHIN,
      seen: () => count(kind),
    });
    assert.equal(await count(kind), said, kind);
  }
}

async function count(kind) {
  const lines = await office.audit("--format", "jsonl", "--kind", kind);
  return lines.split("\n").filter(Boolean).length;
}
