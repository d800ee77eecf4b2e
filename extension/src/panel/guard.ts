import type { Problem } from "../core/types";

/** What a click wants to do, and what came of it. */
export type Act<T extends unknown[] = []> = (...args: T) => Promise<Problem | null>;

/** Lets an act through only while nothing lies over the panel. */
export type Guard = <T extends unknown[]>(act: Act<T>) => Act<T>;

export const COVERED: Problem = { code: "covered", message: "" };
