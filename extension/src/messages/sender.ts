/**
 * Who is speaking. Only fields that the browser stamps are looked at; what a message says about its own
 * sender counts for nothing.
 */

export interface SenderLike {
  id?: string | undefined;
  url?: string | undefined;
  origin?: string | undefined;
  frameId?: number | undefined;
  tab?: { id?: number | undefined; windowId?: number | undefined } | undefined;
}

export interface PortLike {
  readonly name: string;
  readonly sender?: SenderLike | undefined;
  postMessage(message: unknown): void;
  disconnect(): void;
  readonly onMessage: { addListener(take: (message: unknown) => void): void };
  readonly onDisconnect: { addListener(gone: () => void): void };
}

export interface Self {
  id: string;
  /** `chrome-extension://...` or `moz-extension://...` */
  origin: string;
}

export interface PanelSender {
  tabId: number;
  windowId: number;
  /** Inside a page of somebody else: needs a one-time token. */
  framed: boolean;
}

const PANEL_PATH = "/panel.html";
const SHEET_PATH = "/sheet.html";
const OFFSCREEN_PATH = "/offscreen.html";

/** The panel page of this very extension, in a tab or in a frame; anybody else is `null`. */
export function panelSender(sender: SenderLike | undefined, self: Self): PanelSender | null {
  if (sender?.id !== self.id || sender.tab?.id === undefined || sender.frameId === undefined) return null;
  if (!isOwnPage(sender, self, PANEL_PATH)) return null;
  return { tabId: sender.tab.id, windowId: sender.tab.windowId ?? -1, framed: sender.frameId !== 0 };
}

/** The print page, in a window or tab of its own and in no frame. */
export function sheetSender(sender: SenderLike | undefined, self: Self): boolean {
  return sender?.tab !== undefined && sender.frameId === 0 && isOwnPage(sender, self, SHEET_PATH);
}

/** Chromium's offscreen document: like no other page of ours it stands in no tab. */
export function offscreenSender(sender: SenderLike | undefined, self: Self): boolean {
  return sender !== undefined && sender.tab === undefined && isOwnPage(sender, self, OFFSCREEN_PATH);
}

function isOwnPage(sender: SenderLike, self: Self, path: string): boolean {
  const url = parse(sender.url);
  return sender.id === self.id && url !== null && originOf(url) === self.origin && url.pathname === path;
}

/** Our content script in the top frame of the CRM page: the tab's id, or `null` for anybody else. */
export function pageSender(sender: SenderLike | undefined, self: Self): number | null {
  if (sender?.id !== self.id || sender.frameId !== 0) return null;
  const url = parse(sender.url);
  if (url === null || !isHostPage(url)) return null;
  return sender.tab?.id ?? null;
}

/** The CRM itself, on any port; in development builds the stand-in page too. */
export function isHostPage(url: URL): boolean {
  if (url.protocol !== "https:" && url.protocol !== "http:") return false;
  if (url.hostname === "app.mtncarerx.com") return true;
  return __DEV_HOSTS__ && url.protocol === "http:" && ["localhost", "127.0.0.1"].includes(url.hostname);
}

/** `URL.origin` is "null" for schemes that an engine does not know as its own. */
export function originOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

function parse(text: string | undefined): URL | null {
  return text !== undefined && URL.canParse(text) ? new URL(text) : null;
}
