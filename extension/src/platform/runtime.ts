import { originOf, type PortLike, type SenderLike } from "../messages/sender";

/** The own extension's origin, for example `chrome-extension://abc`, without a slash at the end. */
export function extensionOrigin(): string {
  return originOf(new URL(chrome.runtime.getURL("")));
}

export function extensionId(): string {
  return chrome.runtime.id;
}

/** For use inside the extension's own pages and windows. */
export function extensionUrl(path: string): string {
  return `${extensionOrigin()}/${path}`;
}

/** For a frame in a web page: Chromium gives a web accessible file another address at each browser start. */
export function frameUrl(path: string): string {
  return chrome.runtime.getURL(path);
}

/** False in a content script whose extension was updated or removed under it. */
export function extensionAlive(): boolean {
  try {
    return chrome.runtime?.id !== undefined;
  } catch {
    return false;
  }
}

export function connectPort(name: string): PortLike {
  return chrome.runtime.connect({ name });
}

export function onPort(accept: (port: PortLike) => void): void {
  chrome.runtime.onConnect.addListener(accept);
}

/** One question to the background. `null` when nobody answers, so callers have one failure to handle. */
export async function ask(message: unknown): Promise<unknown> {
  try {
    return await chrome.runtime.sendMessage(message);
  } catch {
    return null;
  }
}

/** `answer` returns `undefined` for what it does not take. */
export function onQuestion(
  answer: (message: unknown, sender: SenderLike) => Promise<unknown> | undefined,
): void {
  chrome.runtime.onMessage.addListener((message: unknown, sender, respond) => {
    const reply = answer(message, sender);
    if (reply === undefined) return false;
    reply.then(respond, () => respond(null));
    return true;
  });
}

export function onBackgroundWord(take: (message: unknown) => void): void {
  chrome.runtime.onMessage.addListener((message: unknown, sender) => {
    if (sender.id === chrome.runtime.id && sender.tab === undefined) take(message);
    return false;
  });
}

/** Called when the browser starts and when the extension is installed or updated. */
export function onBrowserStart(start: () => void): void {
  chrome.runtime.onStartup.addListener(start);
  chrome.runtime.onInstalled.addListener(start);
}
