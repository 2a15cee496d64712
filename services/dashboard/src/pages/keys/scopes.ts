import type { Scope } from "@/api/types";

/** What each scope is good for. None includes another. */
export const SCOPES: { value: Scope; label: string; hint: string }[] = [
  { value: "read", label: "Read", hint: "look at corpora, jobs, cartridges and reports" },
  { value: "write", label: "Write", hint: "make, change and delete them" },
  { value: "query", label: "Query", hint: "chat, and list models" },
  { value: "admin", label: "Admin", hint: "keys, members, audit log, usage" },
];
export const USUAL: Scope[] = ["read", "write", "query"];

const DAY_MS = 86_400_000;

/** Ends to choose from; the empty one is never. */
export const LIFETIMES = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];

/** The instant a key ends, `days` from now; null where it never does. */
export function endAfter(days: string, now = Date.now()): string | null {
  return days === "" ? null : new Date(now + Number(days) * DAY_MS).toISOString();
}

export const GRACES = [
  { value: "0", label: "At once" },
  { value: "3600", label: "In an hour" },
  { value: "86400", label: "In a day" },
  { value: "604800", label: "In a week" },
];
