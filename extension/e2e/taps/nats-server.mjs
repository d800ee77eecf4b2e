#!/usr/bin/env node
// Runs in the place of nats-server in the office of the tap test: starts the real one on another port with one more
// user, who may hear everything, and stands on the configured port itself, writing down every byte that goes by.
//
// TAP_NATS_SERVER  the real program        TAP_DIR  where to write; not in the office's folder
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { TAP_USER } from "./bus.mjs";
import { TcpProxy } from "./tcp-proxy.mjs";

const program = process.env.TAP_NATS_SERVER;
const folder = process.env.TAP_DIR;
const args = process.argv.slice(2);

const conf = args.includes("-t") ? -1 : args.indexOf("-c") + 1;
if (conf <= 0) process.exit(spawnSync(program, args, { stdio: "inherit" }).status ?? 1);

const text = readFileSync(args[conf], "utf8");
const listen = /^listen: "127\.0\.0\.1:(\d+)"$/m.exec(text);
const users = /^ {4}users: \[$/m;
if (listen === null || !users.test(text)) throw new Error(`${args[conf]} does not look as this tap knows it`);

const hidden = await freePort();
const { user, pass } = TAP_USER;
const tapped = text
  .replace(listen[0], `listen: "127.0.0.1:${hidden}"`)
  .replace(users, `$&\n      { user: "${user}", password: "${pass}" }`);
args[conf] = join(folder, "nats-server.conf");
writeFileSync(args[conf], tapped);

let connections = 0;
/** A file per direction of a connection, so that what belongs together stays together. */
const record = (file) => (bytes) => appendFileSync(join(folder, file), bytes);
const proxy = await TcpProxy.listen({
  to: hidden,
  port: Number(listen[1]),
  record: () => {
    const number = ++connections;
    return {
      fromClient: record(`${number}-from-client.wire`),
      fromServer: record(`${number}-from-server.wire`),
    };
  },
});

// Standard input is the lock on the store: it goes to the one that writes.
const server = spawn(program, args, { stdio: "inherit" });
writeFileSync(join(folder, "tap.json"), JSON.stringify({ port: hidden, pid: server.pid }));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.kill("SIGTERM"));
server.on("exit", async (code) => {
  await proxy.close();
  process.exit(code ?? 1);
});

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
