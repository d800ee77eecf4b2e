import { expect, test } from "vitest";
import { soleWriter } from "../src/background/sole-writer";

/** Locks as a browser keeps them: one holder at a time, in the order of asking, until its promise settles. */
function locks(): LockManager & { end: () => void } {
  let ends: Array<() => void> = [];
  let last: Promise<void> = Promise.resolve();
  const request = (_name: string, _options: LockOptions, granted: () => Promise<unknown>): Promise<void> => {
    const before = last;
    const ended = new Promise<void>((resolve) => ends.push(resolve));
    last = before.then(() => ended);
    return before.then(() => void granted());
  };
  const end = (): void => {
    ends[0]?.();
    ends = ends.slice(1);
  };
  return { request, end } as unknown as LockManager & { end: () => void };
}

const isPending = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => false), new Promise<boolean>((resolve) => setTimeout(resolve, 0, true))]);

test("a second background waits until the first has ended", async () => {
  const shared = locks();
  await soleWriter(shared)();
  const second = soleWriter(shared)();
  expect(await isPending(second)).toBe(true);
  shared.end();
  await second;
});

test("one background asks once, however often it is asked", async () => {
  const shared = locks();
  const writer = soleWriter(shared);
  await Promise.all([writer(), writer()]);
  await writer();
});

test("a browser that refuses is asked again", async () => {
  let refusals = 1;
  const shared = locks();
  const request = shared.request.bind(shared);
  const writer = soleWriter({
    ...shared,
    request: ((...args: Parameters<typeof request>) =>
      refusals-- > 0 ? Promise.reject(new Error("not now")) : request(...args)) as typeof request,
  } as LockManager);
  await expect(writer()).rejects.toThrow("not now");
  await writer();
});
