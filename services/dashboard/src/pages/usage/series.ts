/** Use by day as charts draw it: a row for every day, the days without any too. */
import type { DayUsage, UsageKind } from "@/api/types";

export interface DayRow extends Partial<Record<UsageKind, number>> {
  day: string;
}

const DAY_MS = 86_400_000;

export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += DAY_MS) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

/** One row a day from `first` to `last`, with 0 for each of `kinds` that was not used. */
export function seriesOf(usage: readonly DayUsage[], first: string, last: string, kinds: readonly UsageKind[]): DayRow[] {
  const rows = new Map<string, DayRow>(
    daysBetween(first, last).map((day) => [day, { day, ...Object.fromEntries(kinds.map((kind) => [kind, 0])) }]),
  );
  for (const { day, kind, amount } of usage) {
    const row = rows.get(day);
    if (row !== undefined && kinds.includes(kind)) row[kind] = (row[kind] ?? 0) + amount;
  }
  return [...rows.values()];
}

export function totalOf(usage: readonly DayUsage[], kinds: readonly UsageKind[]): number {
  return usage.reduce((sum, { kind, amount }) => (kinds.includes(kind) ? sum + amount : sum), 0);
}

/** The day (UTC) that lies `days` before today. */
export function dayBefore(days: number, now = Date.now()): string {
  return new Date(now - days * DAY_MS).toISOString().slice(0, 10);
}
