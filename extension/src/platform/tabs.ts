/** A word to the content script in the top frame of a tab. The tab may be gone: that is fine. */
export async function tellTab(tabId: number, message: unknown): Promise<void> {
  try {
    await chrome.tabs.sendMessage(tabId, message, { frameId: 0 });
  } catch {
    // The tab was closed or holds no content script.
  }
}

export async function openWindow(url: string, width: number, height: number): Promise<void> {
  await chrome.windows.create({ url, type: "popup", width, height });
}

/** Returns false when the tab no longer exists. */
export async function focusTab(tabId: number, windowId: number): Promise<boolean> {
  try {
    await chrome.tabs.update(tabId, { active: true });
    await chrome.windows.update(windowId, { focused: true });
    return true;
  } catch {
    return false;
  }
}
