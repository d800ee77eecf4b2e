import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SleepWatch, WakeTimer } from "../src/background/timers";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

test("a later time replaces an earlier one", () => {
  const due = vi.fn();
  const timer = new WakeTimer(due, Date.now);
  timer.wakeAt(1000);
  timer.wakeAt(5000);
  vi.advanceTimersByTime(4999);
  expect(due).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(due).toHaveBeenCalledTimes(1);
});

test("a time in the past is due at once, none means never", () => {
  const due = vi.fn();
  const timer = new WakeTimer(due, Date.now);
  timer.wakeAt(-5000);
  vi.advanceTimersByTime(0);
  expect(due).toHaveBeenCalledTimes(1);
  timer.wakeAt(10);
  timer.wakeAt(null);
  vi.runAllTimers();
  expect(due).toHaveBeenCalledTimes(1);
});

test("a time beyond the browser's longest delay does not fire at once", () => {
  const due = vi.fn();
  new WakeTimer(due, Date.now).wakeAt(10 ** 13);
  vi.advanceTimersByTime(1000);
  expect(due).not.toHaveBeenCalled();
});

function lastRing() {
  let last: number | null = null;
  return {
    read: async () => last,
    write: async (at: number | null) => {
      last = at;
    },
  };
}

test("two missed alarms mean sleep, a late one does not", async () => {
  const sleep = new SleepWatch(lastRing());
  const rings = [];
  for (const now of [0, 30_000, 64_000, 300_000, 330_000]) rings.push(await sleep.ring(now));
  expect(rings).toEqual([false, false, false, true, false]);
});

test("a background that ended during the sleep notices it too, an alarm that was off is no sleep", async () => {
  const last = lastRing();
  await new SleepWatch(last).ring(0);
  expect(await new SleepWatch(last).ring(300_000)).toBe(true);
  await new SleepWatch(last).forget();
  expect(await new SleepWatch(last).ring(900_000)).toBe(false);
});
