/** `storage.local`: on disk and readable by content scripts, so never content, names or keys. */
export async function readLocal(key: string): Promise<unknown> {
  return (await chrome.storage.local.get(key))[key];
}

export async function writeLocal(key: string, value: unknown): Promise<void> {
  await chrome.storage.local.set({ [key]: value });
}

export function onLocalChange(key: string, changed: (value: unknown) => void): void {
  chrome.storage.onChanged.addListener((changes, area) => {
    const change = changes[key];
    if (area === "local" && change !== undefined) changed(change.newValue);
  });
}

/** `storage.session`: memory alone, extension pages alone; survives the background, not the browser. */
export async function readSession(key: string): Promise<unknown> {
  return (await chrome.storage.session.get(key))[key];
}

export async function writeSession(key: string, value: unknown): Promise<void> {
  await chrome.storage.session.set({ [key]: value });
}
