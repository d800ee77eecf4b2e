import { isTokenQuestion, KEEP_ALIVE_PORT } from "../messages/page";
import { PANEL_PORT } from "../messages/panel";
import { pageSender } from "../messages/sender";
import { SHEET_PORT } from "../messages/sheet";
import { STRETCH_PORT } from "../messages/stretch";
import { onAlarm } from "../platform/alarms";
import { onComputerLocked } from "../platform/idle";
import { onBrowserStart, onPort, onQuestion } from "../platform/runtime";
import { onToolbarClick } from "../platform/toolbar";
import { WAKE_ALARM, wire } from "./wiring";

// Listeners only, all registered in the first turn: a worker that is started for an event gets that event
// only if its listener is there by then.
const background = wire();

onPort((port) => {
  if (port.name === PANEL_PORT) background.panels.accept(port);
  else if (port.name === SHEET_PORT) background.prints.accept(port);
  else if (port.name === STRETCH_PORT) background.acceptStretcher(port);
  // A keep-alive port does its work by arriving; whoever else calls is sent away.
  else if (port.name !== KEEP_ALIVE_PORT || pageSender(port.sender, background.self) === null)
    port.disconnect();
});
onQuestion((message, sender) => {
  const tab = pageSender(sender, background.self);
  if (tab === null || !isTokenQuestion(message)) return undefined;
  return background.tokens.issue(tab, "first");
});
onAlarm(WAKE_ALARM, background.alarm);
onComputerLocked(background.computerLocked);
onToolbarClick(background.openOrFocusWindow);
onBrowserStart(background.awake);
self.addEventListener("online", () => background.network(true));
self.addEventListener("offline", () => background.network(false));

background.awake();
