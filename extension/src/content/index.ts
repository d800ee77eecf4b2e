import { BADGE_KEY, isPanelClosed, NO_BADGE, parseBadge } from "../messages/page";
import { onLocalChange, readLocal } from "../platform/key-value";
import { extensionAlive, onBackgroundWord } from "../platform/runtime";
import { makeChatButton } from "./button";
import { KeepAlive } from "./keep-alive";
import { PanelFrame } from "./panel-frame";
import { Placement } from "./placement";

// All that stands in the CRM page: one small button, and the panel's frame once it was opened. Names and
// messages never come here; the page's scripts could read them.
const panel = new PanelFrame();
const keepAlive = new KeepAlive();
const inHeader = makeChatButton("header", toggle, close);
const floating = makeChatButton("floating", toggle, close);
let badge = NO_BADGE;
let headerSeen = false;
let outdated = false;

const placement = new Placement(inHeader.host, (visible) => {
  headerSeen = visible;
  panel.move(placement.headerBottom());
  render();
});

function render(): void {
  const state = { unread: badge.unread, open: panel.open, outdated };
  inHeader.show(state);
  floating.show(state);
  // Cut off or covered it must not take the keyboard focus either.
  inHeader.host.style.visibility = headerSeen ? "visible" : "hidden";
  // The open panel lies over the corner where the floating button stands.
  floating.host.style.display = headerSeen || panel.open ? "none" : "block";
  if (!floating.host.isConnected) document.documentElement.append(floating.host);
  keepAlive.set(badge.active && !outdated);
}

async function toggle(): Promise<void> {
  if (panel.open) return close();
  const shown = extensionAlive() && (await panel.show(placement.headerBottom()));
  if (!shown && !extensionAlive()) return retire();
  render();
}

function close(): void {
  if (!panel.open) return;
  panel.hide();
  render();
  (headerSeen ? inHeader : floating).focus();
}

/**
 * The extension was updated or removed under this page, which keeps the old script until its next load. Loading
 * it here could lose what somebody typed into the CRM, so the button only says what to do.
 */
function retire(): void {
  outdated = true;
  panel.remove();
  render();
}

function refresh(): void {
  readLocal(BADGE_KEY).then(take, retire);
}

function take(value: unknown): void {
  badge = parseBadge(value);
  render();
}

onLocalChange(BADGE_KEY, take);
onBackgroundWord((message) => {
  if (isPanelClosed(message)) close();
});
placement.start();
render();
refresh();
// Back from the browser's page cache: changes in the meantime were not heard.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) refresh();
});
