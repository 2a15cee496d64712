/** How far a running job is in its present stage. */
import type { TrainingJob } from "@/api/types";
import { STAGES } from "@/pages/jobs/stages";

function numbersOf(job: TrainingJob): [done: number, all: number] | null {
  const current = job.progress.current as Record<string, unknown> | undefined;
  for (const [done, all] of [
    ["step", "steps"],
    ["conversations", "total"],
  ] as const) {
    const pair = [current?.[done], current?.[all]];
    if (typeof pair[0] === "number" && typeof pair[1] === "number" && pair[1] > 0) return [pair[0], pair[1]];
  }
  return null;
}

/** 0 to 1; 0 where the stage does not count. */
export function shareDone(job: TrainingJob): number {
  const numbers = numbersOf(job);
  return numbers === null ? 0 : Math.min(1, numbers[0] / numbers[1]);
}

export function stageWords(job: TrainingJob): string {
  const stage = STAGES[job.stage ?? ""]?.label ?? job.stage ?? "Starting";
  const numbers = numbersOf(job);
  return numbers === null ? stage : `${stage}, ${numbers[0]} of ${numbers[1]}`;
}
