import type { CoreError, Problem } from "../core/types";

/** The core's refusals are errors with a stable `code`; a trap in WASM has none. */
function isCoreError(error: unknown): error is CoreError {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string";
}

/** After these the core's memory may be ahead of the disk, so it has to be opened again. */
const FATAL = new Set(["internal", "broken", "randomness"]);

/** A refusal that changed nothing: the core can go on. */
export function isRefusal(error: unknown): boolean {
  return isCoreError(error) && !FATAL.has(error.code);
}

/** What a panel is told. Errors of ours and of the core carry no content; others give only their kind. */
export function toProblem(error: unknown): Problem {
  if (isCoreError(error)) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.name : "unknown" };
}
