/** Numbers, sizes and times as people read them. */

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `formatBytes(5_872_025)` is "5.6 MiB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${BYTES[unit]}`;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `formatCount(5731)` is "5,731". */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `formatCompact(1_234_567)` is "1.2M"; small numbers stay whole. */
export function formatCompact(count: number): string {
  return Math.abs(count) < 10_000 ? whole.format(count) : compact.format(count);
}

/** A share of one: `formatPercent(0.842)` is "84%". */
export function formatPercent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** Seconds as "8 s", "2:19 min", "1 h 05 min", "3 d 4 h". */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return "0 s";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const total = Math.round(seconds);
  if (total < 60) return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : total} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes}:${String(total % 60).padStart(2, "0")} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Seconds between two instants, the second one now where it is missing. */
export function secondsBetween(from: string, to: string | null, now = Date.now()): number {
  return Math.max(0, ((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000);
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
  ["month", 12],
];

/** "3 minutes ago", "in 2 days". */
export function formatRelative(instant: string, now = Date.now()): string {
  let value = (Date.parse(instant) - now) / 1000;
  if (Math.abs(value) < 5) return "just now";
  for (const [unit, next] of STEPS) {
    if (Math.abs(value) < next) return relative.format(Math.round(value), unit);
    value /= next;
  }
  return relative.format(Math.round(value), "year");
}

const dateTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const dayOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

export function formatDateTime(instant: string): string {
  return dateTime.format(new Date(instant));
}

/** A calendar day of UTC, as the API counts days: "24 Nov". */
export function formatDay(day: string): string {
  return dayOnly.format(new Date(`${day}T00:00:00Z`));
}

/** The id's last characters, enough to tell two apart in a table. */
export function shortId(id: string): string {
  const [kind, rest = ""] = id.split("_", 2);
  return rest.length > 8 ? `${kind}_…${rest.slice(-6)}` : id;
}
