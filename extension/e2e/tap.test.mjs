import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Office } from "./office.mjs";
import { BROWSERS, Person } from "./person.mjs";
import { BusTap } from "./taps/bus.mjs";
import { filesBelow, formsIn } from "./taps/search.mjs";
import { Recorder, TcpProxy } from "./taps/tcp-proxy.mjs";
import { sendInClear, unmasked } from "./taps/websocket.mjs";
import { until } from "./wait.mjs";

const WRAPPER = fileURLToPath(new URL("taps/nats-server.mjs", import.meta.url));
/** Letters that each encoding writes in its own way. */
const mark = (what) => `${what} ${randomBytes(6).toString("hex")} é?`;
const SECRET = mark("secret");
const ANSWER = mark("answer");
const LATER = mark("later");
const NAME = `Zoë ${randomBytes(4).toString("hex")}`;
const CONTROLS = {
  websocket: mark("shown-ws"),
  wire: mark("shown-wire"),
  file: mark("shown-file"),
  store: mark("shown-store"),
};

let office;
let folder;
let subscriber;
let gatewayProxy;
/** One for each connection between an extension and the gateway. */
const conversations = [];
/** The office's folder, the services' logs among it, and what `cargo dev` printed. */
let files;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "crmplus-tap-"));
  office = await Office.start();
  await office.halt();
  await putInPlaceOfNatsServer(WRAPPER);
  await office.up({ TAP_NATS_SERVER: await realNatsServer(), TAP_DIR: folder });
  subscriber = await BusTap.connect(await hiddenPort(), ">");
  const to = Number(new URL(office.ready.gateway[0]).port);
  gatewayProxy = await TcpProxy.listen({
    to,
    record: () => {
      const recorder = new Recorder();
      conversations.push(recorder);
      return recorder;
    },
  });
});

after(async () => {
  subscriber?.close();
  await office?.stop();
  await gatewayProxy?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

test("each tap sees what goes by in clear", { timeout: 60_000 }, async () => {
  const id = (await readFile(new URL("../manifest/chromium-id.txt", import.meta.url), "utf8")).trim();
  await sendInClear({
    port: gatewayProxy.port,
    origin: `chrome-extension://${id}`,
    payload: CONTROLS.websocket,
  });
  assert.ok(formsIn(heardAtGateway(), CONTROLS.websocket).includes("UTF-8"), "the proxy before the gateway");

  const speaker = await BusTap.connect(Number(new URL(office.ready.broker).port));
  await speaker.publish("presence.tap", CONTROLS.wire);
  // The store of PREKEYS is a file; the device does not exist.
  await speaker.publish(`prekey.one.${"f".repeat(32)}`, CONTROLS.store);
  speaker.close();
  await until("the subscriber has heard both", () =>
    [CONTROLS.wire, CONTROLS.store].every((control) => subscriber.received.includes(control)),
  );
  const wire = Buffer.concat((await wireFiles()).map((file) => file.bytes));
  assert.ok(formsIn(wire, CONTROLS.wire).includes("UTF-8"), "the proxy before the broker");

  await writeFile(join(office.state, "shown.txt"), `a line: ${CONTROLS.file}\n`);
  const seen = (await filesBelow(office.state)).filter(
    (file) => formsIn(file.bytes, CONTROLS.file).length > 0,
  );
  assert.deepEqual(
    seen.map((file) => file.path),
    ["shown.txt"],
  );
});

test("two people chat, one of them away for a while", { timeout: 120_000 }, async (t) => {
  const zoe = await arrive(t, NAME);
  const ben = await arrive(t, "Ben Example");
  await zoe.talkTo(ben.name);
  await zoe.say(SECRET);
  await ben.talkTo(NAME);
  await ben.seesMessage(SECRET);
  await ben.say(ANSWER);
  await zoe.seesMessage(ANSWER);
  // The other way a message can go: through the mailbox.
  await ben.browser.quit();
  await zoe.sees("Ben away", (view) => view.presence?.startsWith("Away"));
  await zoe.say(LATER);
  await zoe.seesMessage(LATER, "Sent");
  await ben.browser.reopen();
  await ben.openChat(office.page());
  await ben.unlock();
  await ben.talkTo(NAME);
  await ben.seesMessage(LATER);
  await zoe.seesMessage(LATER, "Delivered");
});

test("what was said is in none of the taps", async () => {
  files = await filesBelow(office.state);
  files.push({
    path: "what cargo dev printed",
    bytes: Buffer.from(office.output + JSON.stringify(office.events)),
  });
  const taps = [
    { path: "between extension and gateway", bytes: heardAtGateway() },
    { path: "subscriber", bytes: subscriber.received },
    ...(await wireFiles()),
    ...files,
  ];
  assert.ok(heardAtGateway().length > 10_000, "the chat went through the proxy");
  assert.match(subscriber.received.toString("latin1"), /MSG audit\.ev\.gw1 /, "the bus carried the chat");
  for (const text of [SECRET, ANSWER, LATER]) {
    for (const { path, bytes } of taps) assert.deepEqual(formsIn(bytes, text), [], `"${text}" in ${path}`);
  }
});

test("names are in the roster alone", async () => {
  const audit = files.filter((file) => file.path.startsWith("audit/"));
  assert.ok(
    audit.some((file) => file.bytes.includes("message.sent")),
    "the trail is there",
  );
  for (const { path, bytes } of [
    { path: "between extension and gateway", bytes: heardAtGateway() },
    ...files,
  ]) {
    assert.deepEqual(formsIn(bytes, NAME), [], `a name in ${path}`);
  }
  const bus = subscriber.received.toString("latin1");
  for (const subject of bus.match(/^H?MSG \S+/gm) ?? [])
    assert.ok(!subject.includes(NAME.split(" ")[1]), subject);
});

test("what the broker keeps on disk is encrypted", async () => {
  const conf = await readFile(join(office.state, "broker/nats-server.conf"), "utf8");
  assert.match(conf, /cipher: aes/);
  assert.match(conf, /key: \$JS_KEY/);
  const store = files.filter((file) => file.path.startsWith("broker/store/"));
  assert.ok(
    store.some((file) => file.path.includes("PREKEYS") && file.bytes.length > 0),
    "the store is there",
  );
  for (const { path, bytes } of store) assert.deepEqual(formsIn(bytes, CONTROLS.store), [], path);
});

async function arrive(t, name) {
  const person = await Person.arrive(BROWSERS.Chromium, office, name);
  t.after(() => person.leave());
  await person.openChat(office.page());
  await person.join(await office.invite(name, { address: `ws://127.0.0.1:${gatewayProxy.port}` }));
  return person;
}

/** Both directions of all connections, with the browsers' masks taken off. */
function heardAtGateway() {
  const parts = conversations.flatMap(({ client, server }) => [
    client,
    unmasked(client).payloads,
    server,
    unmasked(server).payloads,
  ]);
  for (const { server } of conversations) {
    assert.doesNotMatch(
      unmasked(server).head,
      /Sec-WebSocket-Extensions/i,
      "compression would blind this tap",
    );
  }
  return Buffer.concat(parts);
}

async function wireFiles() {
  return (await filesBelow(folder)).filter((file) => file.path.endsWith(".wire"));
}

async function hiddenPort() {
  return JSON.parse(await readFile(join(folder, "tap.json"), "utf8")).port;
}

async function putInPlaceOfNatsServer(program) {
  const file = join(office.state, "broker.toml");
  const settings = (await readFile(file, "utf8")).replace(/^nats_server = .*\n/m, "");
  await writeFile(file, `nats_server = ${JSON.stringify(program)}\n${settings}`);
}

/** On PATH or in the office's folder, as broker-config looks for it. */
async function realNatsServer() {
  const name = process.platform === "win32" ? "nats-server.exe" : "nats-server";
  const places = [
    ...(process.env.PATH ?? "").split(delimiter).filter(Boolean),
    join(office.state, "broker/bin"),
  ];
  for (const place of places) {
    const found = await access(join(place, name)).then(
      () => true,
      () => false,
    );
    if (found) return join(place, name);
  }
  throw new Error("no nats-server on PATH or in the office's folder");
}
