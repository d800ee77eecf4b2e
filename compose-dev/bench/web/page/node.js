/**
 * The same in Node, by CPU time and not by the clock: what other programs do on the machine hardly shows. The engine is
 * Chromium's.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { initAsync } from "@matrix-org/matrix-sdk-crypto-wasm";
import initOffice from "bench-office";
import initProduct from "product-core";
import { measure } from "./measure.js";
import { useClock } from "./samples.js";
import { ready as sodiumReady } from "./sodium.js";

export async function measureHere({ sizes, rounds, core, office }, say) {
  useClock(() => {
    const { user, system } = process.cpuUsage();
    return user + system;
  });
  await initProduct({ module_or_path: await readFile(join(core, "extension_core_bg.wasm")) });
  await initOffice({ module_or_path: await readFile(join(office, "bench_office_bg.wasm")) });
  await Promise.all([initAsync(), sodiumReady]);
  for (const devices of sizes) await measure(devices, rounds, say);
}
