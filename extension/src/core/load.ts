import { extensionUrl } from "../platform/runtime";
import init, { Core as WasmCore } from "./pkg/extension_core.js";
import type { Core, OpenCore, StoredRecord } from "./types";

let loading: Promise<OpenCore> | null = null;

/** Loads the WASM once per background and hands out the way to open a core. */
export function loadCore(): Promise<OpenCore> {
  loading ??= load();
  return loading;
}

async function load(): Promise<OpenCore> {
  try {
    await init({ module_or_path: extensionUrl("extension_core_bg.wasm") });
    return openCore;
  } catch (error) {
    loading = null;
    throw error;
  }
}

function openCore(records: StoredRecord[], session: StoredRecord[], nowMs: number): Core {
  return WasmCore.open(records, session, nowMs);
}
