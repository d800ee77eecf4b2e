import type {
  Core,
  Effects,
  ImportedPeople,
  Kit,
  NewPerson,
  Policy,
  Role,
  RoomMembers,
  SafetyNumber,
} from "../core/types";
import { type Check, either, flag, list, oneOf, orNull, pattern, shape, text, whole } from "./checks";

/** The longest message text, in UTF-16 units as the text field counts them. */
export const MAX_TEXT = 4000;
/** Far above any invite, link or kit; stops a pasted file. */
export const MAX_INVITE = 8192;
/** The core has narrower limits and says so; this stops what no person types. */
const MAX_NAME = 256;
const MAX_PASSPHRASE = 1024;
const MAX_TABLE = 1024 * 1024;
const MOST_PEOPLE = 2000;

/** What the host alone may call. */
type HostOnly =
  | "start"
  | "socketOpened"
  | "socketMessage"
  | "socketClosed"
  | "tick"
  | "hint"
  | "stretched"
  | "stretchFailed";
type Turn<F> = F extends (...args: [...infer A, nowMs: number]) => Effects ? A : never;

/** Every turn of the core that a person can ask for, by its name there. */
export type CommandName = {
  [K in keyof Core]: Core[K] extends (...args: never[]) => Effects ? (K extends HostOnly ? never : K) : never;
}[keyof Core];
/** Its arguments without the time, which the background adds. */
export type CommandArgs<K extends CommandName> = Turn<Core[K]>;

/** What can be asked without changing anything; answered at once. */
export interface Queries {
  safetyNumber: { args: [user: string]; answer: SafetyNumber };
  recoveryKit: { args: []; answer: Kit };
  readPeople: { args: [csv: string]; answer: ImportedPeople };
}
export type QueryName = keyof Queries;

type Checks<A extends unknown[]> = { [I in keyof A]: Check<A[I]> };

const id = pattern(/^[0-9a-f]{32}$/);
export const isTarget = pattern(/^(user|room):[0-9a-f]{32}$/);
/** Ids of devices and invites: the core's own hexadecimal. */
const hex = pattern(/^[0-9a-f]{1,128}$/);
const job = pattern(/^[0-9A-Za-z_-]{1,64}$/);
const invite = text(MAX_INVITE);
const name = text(MAX_NAME);
const passphrase = text(MAX_PASSPHRASE);
const ms = whole();
const role: Check<Role> = oneOf("admin", "staff", "auditor");
const person = shape<NewPerson>({ name, role, group: orNull(name) });
const users = list(MOST_PEOPLE, id);
const policy = shape<Policy>({ idleLockMs: ms, staleLockMs: ms, staleWipeMs: ms, historyMs: ms });
const members: Check<RoomMembers> = either(
  either(
    shape<{ kind: "everyone" }>({ kind: oneOf("everyone") }),
    shape<{ kind: "role"; role: Role }>({ kind: oneOf("role"), role }),
  ),
  either(
    shape<{ kind: "group"; group: string }>({ kind: oneOf("group"), group: name }),
    shape<{ kind: "chosen"; users: string[] }>({ kind: oneOf("chosen"), users }),
  ),
);

/** The one list of what a panel may ask for, with what each argument must be. */
const commands: { [K in CommandName]: Checks<CommandArgs<K>> } = {
  found: [invite, name, name],
  restoreOffice: [invite, name],
  join: [invite],
  joinByCode: [name, name],
  signIn: [name, name, passphrase],
  stopEntering: [],
  setPassphrase: [passphrase, job],
  unlock: [passphrase],
  lock: [],
  signOut: [],
  kitWasSaved: [],
  takeOfficeKey: [invite],
  addDevice: [job],
  fetchDevices: [id, job],
  revokeDevice: [hex, flag, job],
  forgetJob: [job],
  invite: [list(MOST_PEOPLE, person), ms, job],
  inviteAgain: [id, ms, job],
  withdrawInvite: [hex, job],
  revokePerson: [id, job],
  setRole: [id, role, job],
  setGroup: [id, orNull(name), job],
  setPolicy: [policy, job],
  clearAlarm: [],
  makeRoom: [name, members, job],
  changeRoom: [id, users, users, job],
  renameRoom: [id, name, job],
  leaveRoom: [id, job],
  closeRoom: [id, job],
  checkSafetyText: [id, invite],
  markVerified: [id],
  acknowledgeKeys: [id],
  startComparison: [id],
  acceptComparison: [id],
  finishComparison: [id, id, flag],
  closeComparison: [id],
  sendText: [isTarget, text(MAX_TEXT)],
  markRead: [isTarget],
};

const queries: { [K in QueryName]: Checks<Queries[K]["args"]> } = {
  safetyNumber: [id],
  recoveryKit: [],
  readPeople: [text(MAX_TABLE, 0)],
};

export function isCommand(called: unknown, args: unknown): called is CommandName {
  return allowed(commands, called, args);
}

export function isQuery(called: unknown, args: unknown): called is QueryName {
  return allowed(queries, called, args);
}

function allowed(table: Record<string, readonly Check<unknown>[]>, called: unknown, args: unknown): boolean {
  if (typeof called !== "string" || !Object.hasOwn(table, called) || !Array.isArray(args)) return false;
  const checks = table[called] ?? [];
  return args.length === checks.length && checks.every((check, i) => check(args[i]));
}

/** Calls a checked command on the core. */
export function turn(core: Core, called: CommandName, args: readonly unknown[], nowMs: number): Effects {
  return (core[called] as (...all: unknown[]) => Effects).call(core, ...args, nowMs);
}

export function answer(core: Core, called: QueryName, args: readonly unknown[]): unknown {
  return (core[called] as (...all: unknown[]) => unknown).call(core, ...args);
}
