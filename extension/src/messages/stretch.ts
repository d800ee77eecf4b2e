import type { Stretch } from "../core/types";

/** Port on which Chromium's offscreen document takes work from the background. */
export const STRETCH_PORT = "stretch";

/** Ports of Chromium carry JSON alone, so bytes travel as lists of numbers. */
export interface StretchOrder extends Omit<Stretch, "input" | "salt"> {
  input: number[];
  salt: number[];
}

export interface StretchAnswer {
  id: number;
  /** `null` when it could not be done. */
  output: number[] | null;
}

export function toOrder({ input, salt, ...rest }: Stretch): StretchOrder {
  return { ...rest, input: Array.from(input), salt: Array.from(salt) };
}

export function fromOrder({ input, salt, ...rest }: StretchOrder): Stretch {
  return { ...rest, input: new Uint8Array(input), salt: new Uint8Array(salt) };
}
