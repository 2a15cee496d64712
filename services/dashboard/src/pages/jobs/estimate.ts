/** What a job would take, in the words of the form that starts it. */
import type { Estimate } from "@/api/types";
import { formatCompact, formatCount, formatDuration } from "@/lib/format";

/** Whether the month's quota of seconds would not do for it. */
export function exceeds({ month }: Estimate): boolean {
  return !month.fits;
}

/** "At most 6:59 min of a worker: 1:28 min self-study, 4:50 min training". */
export function costOf({ gpu_seconds, seconds }: Estimate): string {
  const parts = [`${formatDuration(seconds.self_study)} self-study`, `${formatDuration(seconds.train)} training`];
  return `At most ${formatDuration(gpu_seconds)} of a worker: ${parts.join(", ")}`;
}

/** What that is told from, and what it does to the month's quota. */
export function basisOf(estimate: Estimate): string {
  const { based_on_jobs: jobs, month, synthesis_tokens, training_tokens, retrains } = estimate;
  const sentences = [
    `${formatCompact(synthesis_tokens)} tokens of self-study, ${formatCompact(training_tokens)} of training.`,
    jobs === 0
      ? "A cautious guess: no job of yours has finished yet."
      : `Told from the speed of your last ${jobs === 1 ? "job" : `${jobs} jobs`}.`,
  ];
  if (retrains !== null) sentences.push("Less where it goes on from the cartridge of an earlier version.");
  if (exceeds(estimate)) {
    sentences.push(
      `More than this month has left: ${formatCount(month.used)} of ${formatCount(month.limit)} seconds are used.`,
    );
  }
  return sentences.join(" ");
}
