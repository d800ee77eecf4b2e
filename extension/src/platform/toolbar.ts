/** The toolbar icon: only a number, never a name or a text. */
export async function showToolbarCount(text: string): Promise<void> {
  await chrome.action.setBadgeBackgroundColor({ color: "#c62828" });
  await chrome.action.setBadgeText({ text });
}

export function onToolbarClick(open: () => void): void {
  chrome.action.onClicked.addListener(open);
}
