/** "locked" is never reported by Firefox. */
export type Use = "active" | "idle" | "locked";

/** Was there any key or mouse in the last `seconds` (15 at least), anywhere on this computer? */
export function useOfComputer(seconds: number): Promise<Use> {
  return chrome.idle.queryState(seconds);
}

export function onComputerLocked(locked: () => void): void {
  chrome.idle.onStateChanged.addListener((state) => {
    if (state === "locked") locked();
  });
}
