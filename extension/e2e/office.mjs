import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until, within } from "./wait.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A first start may have to build; `cargo dev test` has built before. */
const READY_WITHIN = 15 * 60_000;
const STOP_WITHIN = 40_000;

/**
 * A whole office as `cargo dev up --json` runs it: broker, gateway, sink, stand-in page, in a folder of its own
 * that goes away with it.
 */
export class Office {
  static async start(options = {}) {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "crmplus-office-")));
    const office = new Office(folder, options.folder === undefined);
    try {
      await office.up(options.env);
      return office;
    } catch (error) {
      await office.stop();
      throw error;
    }
  }

  #folder;
  #ownsFolder;
  #child = null;
  #ended = null;
  #ready = null;

  constructor(folder, ownsFolder) {
    this.#folder = folder;
    this.#ownsFolder = ownsFolder;
    this.state = join(folder, "state");
    /** All events since the first start, and all that was said beside them. */
    this.events = [];
    this.output = "";
  }

  /** What the first administrator opens the office with, as the gateway printed it. */
  foundingText() {
    const text = this.ready.founding_text;
    if (typeof text !== "string") throw new Error("the office is open already");
    return text;
  }

  /** Everything in the ready event: addresses, paths, invites. */
  get ready() {
    return this.#ready;
  }

  /** Starts it (again) on free ports, or the ones it had. */
  async up(env = {}) {
    this.base ??= await freeBase();
    const args = ["up", "--json", "--state", this.state, "--port-base", String(this.base)];
    const child = spawnDev(args, { ...process.env, ...env });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve({ code, signal }));
      // There is no "close" where there was no start.
      child.once("error", (error) => {
        this.#say(`${error.message}\n`);
        resolve({ code: null, signal: null });
      });
    });
    ours.add(child);
    child.stderr.setEncoding("utf8").on("data", (text) => this.#say(text));
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(line));
    this.#ready = null;
    const ready = until("the office is ready", () => this.#ready ?? this.#isGone(), { within: READY_WITHIN });
    if ((await ready) !== this.#ready) throw new Error(`the office did not start:\n${this.output}`);
  }

  /** As Ctrl-C does. Returns how it ended. */
  async stop() {
    const ended = await this.halt();
    if (this.#ownsFolder) await rm(this.#folder, { recursive: true, force: true });
    return ended;
  }

  /** Ends the processes and keeps the folder. */
  async halt() {
    const child = this.#child;
    if (child === null) return null;
    this.#child = null;
    try {
      child.kill("SIGCONT");
      child.kill("SIGINT");
      return await within(STOP_WITHIN, "stopping the office", this.#ended);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    } finally {
      ours.delete(child);
    }
  }

  /** The stand-in page, on the name that a person would type. */
  page(query = "", host = "localhost") {
    const url = new URL(this.ready.page);
    url.hostname = host;
    url.search = query;
    return url.href;
  }

  /**
   * An invite. The office's own administrator makes it, a device without a browser, and opens the office where nobody
   * has; `address` replaces where the gateway is said to be, for example by a proxy.
   */
  async invite(name, { address, role = "staff" } = {}) {
    const options = address === undefined ? [] : ["--address", address];
    return JSON.parse(await this.dev(["invite", name, "--role", role, ...options, "--json"])).invite;
  }

  /** Records of the audit trail, as the auditor's tool gives them. */
  async audit(...args) {
    return this.dev(["audit", "query", ...args]);
  }

  async dev([command, ...args]) {
    const child = spawnDev([command, "--state", this.state, ...args], process.env);
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    const code = await new Promise((resolve) => child.once("close", resolve));
    if (code !== 0) throw new Error(`cargo dev ${command} ended with ${code}: ${err}`);
    return out;
  }

  /** The processes as they are now; a restarted broker has a new nats-server. */
  async pids() {
    return JSON.parse(await readFile(join(this.state, "office.json"), "utf8")).pids;
  }

  /** Kills one component as a crash would; the supervisor starts it again. */
  async kill(component) {
    const pid = (await this.pids())[component];
    const since = this.events.length;
    process.kill(pid, "SIGKILL");
    const service = component === "nats" ? "broker" : component;
    return {
      restarted: () =>
        until(`${service} restarted`, () =>
          this.events.slice(since).find((e) => e.event === "restarted" && e.component === service),
        ),
    };
  }

  /** Forgets what happens in `act`: everything of the office is as it was before, as from a backup. */
  async setBack(act) {
    const backup = await mkdtemp(join(tmpdir(), "crmplus-backup-"));
    try {
      await this.halt();
      await cp(this.state, backup, { recursive: true });
      await this.up();
      await act();
      await this.halt();
      await rm(this.state, { recursive: true });
      await cp(backup, this.state, { recursive: true });
    } finally {
      await rm(backup, { recursive: true, force: true });
    }
    await this.up();
  }

  /** While the supervisor stands still, what was killed stays dead. */
  async withoutSupervisor(act) {
    this.#child.kill("SIGSTOP");
    try {
      return await act();
    } finally {
      this.#child.kill("SIGCONT");
    }
  }

  #take(line) {
    let event;
    try {
      event = JSON.parse(line);
    } catch {
      return this.#say(`${line}\n`);
    }
    this.events.push(event);
    if (event.event === "ready") this.#ready = event;
    if (event.event === "error") this.#say(`${event.message}\n`);
  }

  #say(text) {
    this.output += text;
  }

  #isGone() {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null ? "gone" : null;
  }
}

/** `cargo dev test` names its own program; without it cargo finds, or builds, the same one. */
function spawnDev(args, env) {
  const program = process.env.CARGO_DEV;
  const [command, before] = program ? [program, []] : ["cargo", ["dev"]];
  return spawn(command, [...before, ...args], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Three free ports side by side. Tried high up, where the system does not pick ports for others. */
async function freeBase() {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 20_000 + 10 * Math.floor(Math.random() * 1_000);
    const free = await Promise.all([0, 1, 2].map((i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
  throw new Error("no three free ports side by side between 20000 and 30000");
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Offices of this process that still run; they end with it, whatever way it ends. */
const ours = new Set();
process.once("exit", () => {
  for (const child of ours) {
    child.kill("SIGCONT");
    child.kill("SIGTERM");
  }
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
