import type { Problem } from "../core/types";

/** The core's refusals are errors with a stable `code`; a trap in WASM has none. */
export function isCoreError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string";
}

/** What a panel is told. Errors of ours and of the core carry no content; others give only their kind. */
export function toProblem(error: unknown): Problem {
  if (isCoreError(error)) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.name : "unknown" };
}
