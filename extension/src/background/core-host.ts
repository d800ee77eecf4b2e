import type { ConversationView, Core, Effects, OpenCore, Problem, Stretch, View } from "../core/types";
import type { SessionRecords } from "../platform/session-records";
import type { Records } from "../storage/records";
import { isRefusal, toProblem } from "./problem";

/** A stalled disk must not let the gateway fill our memory; past this the socket is closed and re-offers later. */
const MAX_WAITING = 2000;
/** What the core is told about a socket that we had to close. */
const ABNORMAL_CLOSURE = 1006;
/** While a burst is worked off, panels get a new picture this often. */
const PUBLISH_EVERY_MS = 100;
const REOPEN_FIRST_MS = 1000;
const REOPEN_LONGEST_MS = 60_000;

/** What panels and badge may see: always the state that is on disk, never one that is ahead of it. */
export interface HostState {
  view: View | null;
  /** The background itself cannot work, for example because the disk is full. */
  fault: Problem | null;
  conversation(target: string): ConversationView | null;
}

export interface HostDoors {
  /** Resolves once no other background of this profile can write. */
  soleWriter(): Promise<void>;
  loadCore(): Promise<OpenCore>;
  openRecords(): Promise<Records>;
  session: SessionRecords;
  /** Argon2id somewhere else; `done` is called once, unless it was cancelled. */
  stretch(job: Stretch, done: (output: Uint8Array | null) => void): { cancel(): void };
  socket: { connect(url: string): void; send(frames: readonly Uint8Array[]): void; close(): void };
  wakeAt(at: number | null): void;
  publish(state: HostState): void;
  now(): number;
}

type Action = (core: Core, now: number) => Effects;

/**
 * Owns the core and carries out its effects, one call at a time, in this order:
 *
 * 1. commit all writes in one transaction; 2. what the session's memory keeps;
 * 3. socket; 4. outgoing frames; 5. publish; 6. stretch; 7. timer.
 *
 * A core that was locked or unlocked is opened anew in the place of 5 to 7: panels see no state in between.
 *
 * A crash before the commit loses a call that nobody has seen an effect of. A crash after it loses at most
 * what the core does again from its records (frames are offered anew, the gateway drops doubles). A failed
 * commit leaves memory ahead of the disk, so the core is thrown away and opened again from the records.
 */
export class CoreHost {
  readonly #doors: HostDoors;
  #chain: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #core: Core | null = null;
  #records: Records | null = null;
  #fault: Problem | null = null;
  #unpublished = true;
  #publishedAt = 0;
  /** The queue was full and the socket closed; the core hears of it once there is room. */
  #cutOff = false;
  #reopenIn = REOPEN_FIRST_MS;
  #stretching: { cancel(): void } | null = null;
  /** Counts sockets: what an earlier one still said while it waited here is not for the core any more. */
  #sockets = 0;

  constructor(doors: HostDoors) {
    this.#doors = doors;
  }

  /** A person's command. Rejects with what to tell them; a refusal by the core changes nothing. */
  command(action: Action): Promise<void> {
    return this.#enqueue(() => this.#turn(action, "keep"));
  }

  /** Something that happened: socket, timer, network. Nobody waits for it, so a failure becomes the fault. */
  event(action: Action): void {
    this.#enqueue(() => this.#turn(action, "drop")).catch(() => undefined);
  }

  /** Something that the socket of now reported. */
  fromSocket(action: Action): void {
    const socket = this.#sockets;
    this.#enqueue(async () => {
      if (socket === this.#sockets) await this.#turn(action, "drop");
    }).catch(() => undefined);
  }

  /** A question that changes nothing, answered from the committed state. */
  ask<T>(question: (core: Core) => T): Promise<T> {
    return this.#enqueue(async () => {
      const core = await this.#opened();
      try {
        return question(core);
      } catch (error) {
        if (!isRefusal(error)) this.#drop(error);
        throw error;
      }
    });
  }

  /** Opens the core if there is none and lets `look` see the committed state. */
  look(look: (state: HostState) => void): void {
    this.#enqueue(async () => {
      await this.#opened().catch(() => undefined);
      look(this.#state());
    }).catch(() => undefined);
  }

  async #enqueue<T>(turn: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      this.#doors.socket.close();
      this.#cutOff = true;
      throw new HostBusyError();
    }
    this.#waiting += 1;
    const mine = this.#chain.then(turn);
    this.#chain = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
      // What waited last may have been for a socket that is gone, and so no turn that publishes.
      if (this.#waiting === 0 && this.#core !== null) this.#publish();
      if (this.#waiting === 0 && this.#cutOff) {
        this.#cutOff = false;
        this.event((core, now) => core.socketClosed(ABNORMAL_CLOSURE, now));
      }
    }
  }

  async #turn(action: Action, onRefusal: "keep" | "drop"): Promise<void> {
    const core = await this.#opened();
    let effects: Effects;
    try {
      effects = action(core, this.#doors.now());
    } catch (error) {
      if (onRefusal === "drop" || !isRefusal(error)) this.#drop(error);
      throw error;
    }
    await this.#apply(effects);
  }

  async #opened(): Promise<Core> {
    if (this.#core !== null) return this.#core;
    const { soleWriter, loadCore, openRecords, session, now } = this.#doors;
    let core: Core;
    let effects: Effects;
    try {
      await soleWriter();
      const open = await loadCore();
      this.#records ??= await openRecords();
      core = open(await this.#records.all(), await session.all(), now());
      this.#core = core;
      effects = core.start(now());
    } catch (error) {
      this.#drop(error);
      throw error;
    }
    this.#fault = null;
    this.#unpublished = true;
    await this.#apply(effects);
    // Its start may have been a reason to open yet another.
    return this.#opened();
  }

  async #apply(effects: Effects): Promise<void> {
    const { socket, session, wakeAt } = this.#doors;
    try {
      if (effects.writes.length > 0) await this.#records?.commit(effects.writes);
      if (effects.sessionWrites.length > 0) await session.commit(effects.sessionWrites);
    } catch (error) {
      this.#drop(error);
      throw error;
    }
    this.#reopenIn = REOPEN_FIRST_MS;
    if (effects.socket !== null) this.#sockets += 1;
    if (effects.socket === "close") socket.close();
    else if (effects.socket !== null) socket.connect(effects.socket.connect);
    if (effects.outgoing.length > 0) socket.send(effects.outgoing);
    if (effects.reopen) return this.#reopen();
    this.#unpublished ||= effects.changed;
    this.#publish();
    if (effects.stretch !== null) this.#stretch(effects.stretch);
    wakeAt(effects.wakeAt);
  }

  /** What the core held in memory goes with it; the next one reads what is stored now. */
  async #reopen(): Promise<void> {
    this.#free();
    await this.#opened();
  }

  #stretch(job: Stretch): void {
    this.#stretching?.cancel();
    this.#stretching = this.#doors.stretch(job, (output) => {
      this.#stretching = null;
      this.event((core, now) =>
        output === null ? core.stretchFailed(job.id, now) : core.stretched(job.id, output, now),
      );
    });
  }

  #publish(): void {
    if (!this.#unpublished) return;
    const now = this.#doors.now();
    const more = this.#waiting > 1;
    if (more && now - this.#publishedAt < PUBLISH_EVERY_MS) return;
    this.#unpublished = false;
    this.#publishedAt = now;
    this.#doors.publish(this.#state());
  }

  #state(): HostState {
    const core = this.#core;
    return {
      view: core?.view() ?? null,
      fault: this.#fault,
      conversation: (target) => core?.conversation(target) ?? null,
    };
  }

  /** Forgets the core; the timer (or the next command) opens another from the records. */
  #drop(error: unknown): void {
    const { socket, wakeAt, publish, now } = this.#doors;
    this.#sockets += 1;
    socket.close();
    this.#free();
    this.#fault = toProblem(error);
    publish(this.#state());
    wakeAt(now() + this.#reopenIn);
    this.#reopenIn = Math.min(this.#reopenIn * 2, REOPEN_LONGEST_MS);
  }

  #free(): void {
    this.#stretching?.cancel();
    this.#stretching = null;
    try {
      this.#core?.free();
    } catch {
      // After a trap the instance cannot be freed; its memory goes with the worker.
    }
    this.#core = null;
  }
}

class HostBusyError extends Error {
  readonly code = "busy";

  constructor() {
    super("Chat is still saving earlier work on this computer; try again in a moment");
    this.name = "HostBusyError";
  }
}
