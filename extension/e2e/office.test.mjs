import assert from "node:assert/strict";
import { test } from "node:test";
import { Office } from "./office.mjs";

/** What the product promises for a start that has nothing to build. */
const SECOND_START_MS = 3_000;

test("the second start is quick, and Ctrl-C leaves nothing behind", { timeout: 120_000 }, async (t) => {
  const office = await Office.start();
  t.after(() => office.stop());
  const first = office.ready;
  assert.deepEqual(await office.halt(), { code: 0, signal: null });
  assertGone(first.pids);

  await office.up();
  const { ms, pids } = office.ready;
  t.diagnostic(`second start: ${ms} ms`);
  assert.ok(ms < SECOND_START_MS, `the second start took ${ms} ms`);
  assert.deepEqual(await office.halt(), { code: 0, signal: null });
  assertGone(pids);
});

function assertGone(pids) {
  for (const [name, pid] of Object.entries(pids)) {
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" }, `${name} (${pid}) still runs`);
  }
}
