/** Says whether something that came over a port is of a type. Lengths are in UTF-16 units. */
export type Check<T> = (value: unknown) => value is T;

export function text(max: number, min = 1): Check<string> {
  return (value): value is string => typeof value === "string" && value.length >= min && value.length <= max;
}

export function pattern(form: RegExp): Check<string> {
  return (value): value is string => typeof value === "string" && form.test(value);
}

export function oneOf<const T extends string>(...words: T[]): Check<T> {
  return (value): value is T => words.some((word) => word === value);
}

export const flag: Check<boolean> = (value) => typeof value === "boolean";

/** A whole number from 0 to `max`. */
export function whole(max = Number.MAX_SAFE_INTEGER): Check<number> {
  return (value): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}

export function list<T>(max: number, check: Check<T>): Check<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.length <= max && value.every(check);
}

export function either<A, B>(first: Check<A>, second: Check<B>): Check<A | B> {
  return (value): value is A | B => first(value) || second(value);
}

/** Exactly these fields: what nobody knows is not passed on. */
export function shape<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const checks = Object.entries(fields) as [string, Check<unknown>][];
  return (value): value is T =>
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).length === checks.length &&
    checks.every(
      ([key, check]) => Object.hasOwn(value, key) && check((value as Record<string, unknown>)[key]),
    );
}
