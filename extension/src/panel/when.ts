import { text } from "../strings/panel";

const DAY_MS = 86_400_000;
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const dateFormat = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const shortDateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** For what has to be exact, such as until when something is valid. */
export function dateAndTime(at: number): string {
  return fullFormat.format(at);
}

export function timeOfDay(at: number): string {
  return timeFormat.format(at);
}

/** Name of a day as a separator in a conversation. */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return text.today;
  if (days === 1) return text.yesterday;
  return days < 7 ? weekdayFormat.format(at) : dateFormat.format(at);
}

/** Beside a name in the list: time today, otherwise the day. */
export function shortWhen(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return timeOfDay(at);
  return days === 1 ? text.yesterday : shortDateFormat.format(at);
}

export function sameDay(a: number, b: number): boolean {
  return startOfDay(a) === startOfDay(b);
}

function daysBetween(at: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
