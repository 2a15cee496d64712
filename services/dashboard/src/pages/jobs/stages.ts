/** The stages of a job in words: what has been done, what is being done, what is to come. */
import type { Stage, TrainingJob } from "@/api/types";

interface Description {
  label: string;
  what: string;
}

export const STAGES: Record<string, Description> = {
  parse: { label: "Read", what: "The documents become one text." },
  self_study: { label: "Self-study", what: "The model asks itself about the text and answers with it at hand." },
  baselines: { label: "Baselines", what: "How well the model answers with nothing, and with the whole text." },
  train: { label: "Train", what: "The cartridge learns to give those answers without the text." },
  evaluate: { label: "Evaluate", what: "The cartridge is measured on conversations it never saw." },
  compact: { label: "Compact", what: "What matters of the text's KV cache is kept, and measured." },
  publish: { label: "Publish", what: "The cartridge is stored and can be asked." },
};

export interface StageView extends Description {
  name: string;
  status: "waiting" | "running" | "finished" | "interrupted";
  /** Seconds over all attempts; of the present run, since it began. */
  seconds: number | null;
  startedAt: string | null;
  attempts: number;
}

/** What jobs of each kind go through. */
const WAYS: Record<TrainingJob["kind"], readonly string[]> = {
  train: ["parse", "self_study", "baselines", "train", "evaluate", "publish"],
  preview: ["parse", "compact", "publish"],
};

/** All stages in order, each with what all attempts made of it. */
export function stageViews(stages: readonly Stage[], job: Pick<TrainingJob, "state" | "kind">, now: number): StageView[] {
  const known = WAYS[job.kind];
  const others = [...new Set(stages.map(({ stage }) => stage))].filter((name) => !known.includes(name));
  return [...known, ...others].map((name) => {
    const runs = stages.filter(({ stage }) => stage === name);
    const last = runs.at(-1);
    const seconds = runs.map((run) => run.seconds ?? (now - Date.parse(run.started_at)) / 1000);
    const lost = last?.status === "interrupted" && (job.state === "running" || job.state === "queued");
    return {
      ...(STAGES[name] ?? { label: name, what: "" }),
      name,
      status: last === undefined || lost ? "waiting" : last.status,
      seconds: seconds.length === 0 ? null : Math.max(0, seconds.reduce((sum, each) => sum + each, 0)),
      startedAt: runs[0]?.started_at ?? null,
      attempts: runs.length,
    };
  });
}
