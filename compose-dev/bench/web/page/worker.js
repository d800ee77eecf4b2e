import { initAsync } from "@matrix-org/matrix-sdk-crypto-wasm";
import initOffice, { Office } from "bench-office";
import initProduct from "product-core";
import { START } from "./device.js";
import { measure } from "./measure.js";
import { Samples } from "./samples.js";
import { ready as sodiumReady } from "./sodium.js";
import { Unlocking } from "./unlock.js";

const asked = new URL(self.location.href).searchParams;
const sizes = asked.get("devices").split(",").map(Number);
const rounds = Number(asked.get("rounds"));
/** Where the office is of the size that the targets speak of. */
const UNLOCK_AT = sizes.filter((size) => size <= 150).at(-1) ?? 1;
/** A round takes a second and more. */
const UNLOCKS = Math.min(rounds, 5);

const say = (line) => self.postMessage(line);

try {
  if (!self.crossOriginIsolated) throw new Error("the page is not isolated, so its clock is too coarse");
  await Promise.all([
    initProduct({ module_or_path: "/product/extension_core_bg.wasm" }),
    initOffice({ module_or_path: "/bench_office_bg.wasm" }),
    initAsync(new URL("/matrix_sdk_crypto_wasm_bg.wasm", self.location.href)),
    sodiumReady,
  ]);
  for (const devices of sizes) await measure(devices, rounds, say);
  await unlock(UNLOCK_AT);
  say({ finished: true });
} catch (error) {
  say({ failed: error?.stack ?? String(error) });
}

async function unlock(devices) {
  const samples = new Samples();
  say({ doing: "unlocking: keys and rosters" });
  const unlocking = new Unlocking(samples, Office.open(devices, START));
  await unlocking.begin();
  for (let round = 0; round < UNLOCKS; round += 1) {
    say({ doing: `unlocking: round ${round + 1} of ${UNLOCKS}` });
    await unlocking.round();
  }
  unlocking.close();
  for (const line of samples.lines(devices)) say(line);
}
