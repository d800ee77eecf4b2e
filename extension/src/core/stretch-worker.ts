import init, { stretch } from "./pkg/extension_core.js";
import type { Stretch } from "./types";

/**
 * Argon2id away from whoever asked: one job per worker, which is ended afterwards with its memory.
 * A worker knows no extension calls, so the WASM is found beside its own script.
 */
self.onmessage = async ({ data }: MessageEvent<Stretch>) => {
  const { input, salt, memoryKib, passes, length } = data;
  let output: Uint8Array | null = null;
  try {
    await init({ module_or_path: new URL("extension_core_bg.wasm", self.location.href).href });
    output = stretch(input, salt, memoryKib, passes, length);
  } catch {
    // Too little memory, most likely; whoever asked is told that it failed.
  }
  input.fill(0);
  self.postMessage(output);
};
