/** Quotas in words: what each is, in which unit, and how near its end it is. */
import type { Quota } from "@/api/types";
import { formatBytes, formatCount, formatDuration } from "@/lib/format";

interface Words {
  label: string;
  hint: string;
  format: (amount: number) => string;
}

const WORDS: Record<Quota["name"], Words> = {
  bytes: { label: "Storage", hint: "documents and cartridges together", format: formatBytes },
  corpora: { label: "Corpora", hint: "kept at a time", format: formatCount },
  cartridges: { label: "Cartridges", hint: "kept, and jobs that have not ended", format: formatCount },
  concurrent_jobs: { label: "Jobs at a time", hint: "queued or running", format: formatCount },
  gpu_seconds_month: { label: "GPU time this month", hint: "that jobs hold a worker; without a GPU, of the CPU", format: formatDuration },
  tokens_minute: { label: "Tokens a minute", hint: "of prompts and answers", format: formatCount },
  requests_minute: { label: "Requests a minute", hint: "of every sort", format: formatCount },
};

export const wordsOf = ({ name }: Quota): Words => WORDS[name];

/** The share in use, 0 to 1 and above; null for limits by the minute, which nobody counts here. */
export function shareOf({ used, limit }: Quota): number | null {
  if (used === null) return null;
  return limit === 0 ? 1 : used / limit;
}

/** From here on a quota is said to be near its limit. */
export const NEAR = 0.8;

export function isNear(quota: Quota): boolean {
  return (shareOf(quota) ?? 0) >= NEAR;
}
