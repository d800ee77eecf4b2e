/** An alarm outlives the background: it is what brings a dead worker back. 30 s is the shortest period. */
export async function keepAlarm(name: string, wanted: boolean): Promise<void> {
  const existing = await chrome.alarms.get(name);
  if (wanted && existing === undefined) await chrome.alarms.create(name, { periodInMinutes: 0.5 });
  if (!wanted && existing !== undefined) await chrome.alarms.clear(name);
}

export function onAlarm(name: string, ring: () => void): void {
  chrome.alarms.onAlarm.addListener((alarm) => {
    if (alarm.name === name) ring();
  });
}
