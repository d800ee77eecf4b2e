import { loadCore } from "../core/load";
import { BADGE_KEY } from "../messages/page";
import { keepAlarm } from "../platform/alarms";
import { readSession, writeLocal, writeSession } from "../platform/key-value";
import { extensionId, extensionOrigin, extensionUrl } from "../platform/runtime";
import { focusTab, openWindow, tellTab } from "../platform/tabs";
import { showToolbarCount } from "../platform/toolbar";
import { openRecords } from "../storage/records";
import { badgeKeeper } from "./badge";
import { CoreHost } from "./core-host";
import { GatewaySocket } from "./gateway-socket";
import { PanelPorts } from "./panel-ports";
import { PanelTokens } from "./panel-tokens";
import { soleWriter } from "./sole-writer";
import { SleepWatch, WakeTimer } from "./timers";

export const WAKE_ALARM = "wake";
const WINDOW_WIDTH = 420;
const WINDOW_HEIGHT = 720;

/** Puts the parts together. Nothing here waits: listeners must be in place before the first `await`. */
export function wire() {
  const now = () => Date.now();
  const self = { id: extensionId(), origin: extensionOrigin() };
  const tokens = new PanelTokens({ read: readSession, write: writeSession }, now);
  const sleep = new SleepWatch();
  const showBadge = badgeKeeper({
    writeBadge: (badge) => writeLocal(BADGE_KEY, badge),
    showToolbarCount,
    keepAlarm: (wanted) => keepAlarm(WAKE_ALARM, wanted),
  });
  const socket = new GatewaySocket({
    opened: () => host.event((core, at) => core.socketOpened(at)),
    message: (frame) => host.event((core, at) => core.socketMessage(frame, at)),
    closed: (code) => host.event((core, at) => core.socketClosed(code, at)),
  });
  const timer = new WakeTimer(() => host.event((core, at) => core.tick(at)), now);
  const host = new CoreHost({
    soleWriter: soleWriter(),
    loadCore,
    openRecords,
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
    look: (look) => host.look(look),
    closePanel: (tabId) => void tellTab(tabId, { kind: "panel-closed" }),
    openWindow: () => void openOrFocusWindow(),
  });

  async function openOrFocusWindow(): Promise<void> {
    const own = panels.ownWindow();
    if (own !== null && (await focusTab(own.tabId, own.windowId))) return;
    await openWindow(extensionUrl("panel.html"), WINDOW_WIDTH, WINDOW_HEIGHT);
  }

  return {
    self,
    tokens,
    panels,
    openOrFocusWindow,
    /** Any reason to run: makes sure that the core is open and connecting. */
    awake: () => host.look(() => undefined),
    alarm: () => {
      const slept = sleep.ring(now());
      host.event((core, at) => (slept ? core.hint("wake", at) : core.tick(at)));
    },
    network: (online: boolean) => host.event((core, at) => core.hint(online ? "online" : "offline", at)),
  };
}
