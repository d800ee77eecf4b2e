import { loadCore } from "../core/load";
import { BADGE_KEY } from "../messages/page";
import type { PortLike } from "../messages/sender";
import { offscreenSender } from "../messages/sender";
import { keepAlarm } from "../platform/alarms";
import { useOfComputer } from "../platform/idle";
import { readSession, writeLocal, writeSession } from "../platform/key-value";
import { extensionId, extensionOrigin, extensionUrl } from "../platform/runtime";
import { openSessionRecords } from "../platform/session-records";
import { stretcher } from "../platform/stretcher";
import { focusTab, openWindow, tellTab } from "../platform/tabs";
import { showToolbarCount } from "../platform/toolbar";
import { openRecords } from "../storage/records";
import { ActivityGate } from "./activity";
import { badgeKeeper } from "./badge";
import { CoreHost } from "./core-host";
import { GatewaySocket } from "./gateway-socket";
import { PanelPorts } from "./panel-ports";
import { PanelTokens } from "./panel-tokens";
import { PrintJobs } from "./print-jobs";
import { soleWriter } from "./sole-writer";
import { SleepWatch, WakeTimer } from "./timers";

export const WAKE_ALARM = "wake";
const LAST_RING_KEY = "alarm:last";
const WINDOW_WIDTH = 420;
const WINDOW_HEIGHT = 720;
const SHEET_WIDTH = 820;
const SHEET_HEIGHT = 900;
/** The alarm rings this often; used between two alarms means in use. */
const ALARM_SECONDS = 30;

/** Puts the parts together. Nothing here waits: listeners must be in place before the first `await`. */
export function wire() {
  const now = () => Date.now();
  const self = { id: extensionId(), origin: extensionOrigin() };
  const tokens = new PanelTokens({ read: readSession, write: writeSession }, now);
  const sleep = new SleepWatch({
    read: () => readSession(LAST_RING_KEY),
    write: (at) => writeSession(LAST_RING_KEY, at),
  });
  const activity = new ActivityGate();
  const stretching = stretcher();
  const prints = new PrintJobs({
    self,
    openPage: (number) => openWindow(`${extensionUrl("sheet.html")}#${number}`, SHEET_WIDTH, SHEET_HEIGHT),
    now,
  });
  const showBadge = badgeKeeper({
    writeBadge: (badge) => writeLocal(BADGE_KEY, badge),
    showToolbarCount,
    keepAlarm: async (wanted) => {
      if (!wanted) await sleep.forget();
      await keepAlarm(WAKE_ALARM, wanted);
    },
  });
  const socket = new GatewaySocket({
    opened: () => host.fromSocket((core, at) => core.socketOpened(at)),
    message: (frame) => host.fromSocket((core, at) => core.socketMessage(frame, at)),
    closed: (code) => host.fromSocket((core, at) => core.socketClosed(code, at)),
  });
  const timer = new WakeTimer(() => host.event((core, at) => core.tick(at)), now);
  const host = new CoreHost({
    soleWriter: soleWriter(),
    loadCore,
    openRecords,
    session: openSessionRecords(),
    stretch: (job, done) => stretching.run(job, done),
    socket,
    wakeAt: (at) => timer.wakeAt(at),
    publish: (state) => {
      showBadge(state.view);
      panels.publish(state);
    },
    now,
  });
  const panels = new PanelPorts({
    self,
    tokens,
    command: (action) => host.command(action),
    event: (action) => host.event(action),
    ask: (question) => host.ask(question),
    print: (job) => prints.open(job),
    active,
    look: (look) => host.look(look),
    closePanel: (tabId) => void tellTab(tabId, { kind: "panel-closed" }),
    openWindow: () => void openOrFocusWindow(),
  });

  async function openOrFocusWindow(): Promise<void> {
    const own = panels.ownWindow();
    if (own !== null && (await focusTab(own.tabId, own.windowId))) return;
    await openWindow(extensionUrl("panel.html"), WINDOW_WIDTH, WINDOW_HEIGHT);
  }

  function active(): void {
    if (activity.pass(now())) host.event((core, at) => core.hint("activity", at));
  }

  function computerLocked(): void {
    host.event((core, at) => core.hint("computer_locked", at));
  }

  /** Asked only when the alarm rings anyway: the CRM page carries no listener and no timer for this. */
  async function lookForUse(): Promise<void> {
    const use = await useOfComputer(ALARM_SECONDS);
    if (use === "active") active();
    if (use === "locked") computerLocked();
  }

  async function rang(): Promise<void> {
    const slept = await sleep.ring(now()).catch(() => false);
    host.event((core, at) => (slept ? core.hint("slept", at) : core.tick(at)));
    // Behind the sleep: who comes back to a computer that slept first meets the lock.
    await lookForUse().catch(() => undefined);
  }

  return {
    self,
    tokens,
    panels,
    prints,
    acceptStretcher: (port: PortLike) =>
      offscreenSender(port.sender, self) ? stretching.accept(port) : port.disconnect(),
    computerLocked,
    openOrFocusWindow,
    /** Any reason to run: makes sure that the core is open and connecting. */
    awake: () => host.look(() => undefined),
    alarm: () => void rang(),
    network: (online: boolean) => host.event((core, at) => core.hint(online ? "online" : "offline", at)),
  };
}
