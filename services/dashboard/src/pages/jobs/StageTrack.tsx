import { Text, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";

import type { Stage, TrainingJob } from "@/api/types";
import { formatDateTime, formatDuration } from "@/lib/format";

import { stageViews, type StageView } from "./stages";
import styles from "./StageTrack.module.css";

const SAID: Record<StageView["status"], string> = {
  waiting: "to come",
  running: "in work",
  finished: "done",
  interrupted: "broken off",
};

/** A job's stages in their order, with their times; the one in work counts on. */
export function StageTrack({ stages, job }: { stages: Stage[]; job: TrainingJob }) {
  const [now, setNow] = useState(() => Date.now());
  const running = job.state === "running";
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <ol className={styles.track}>
      {stageViews(stages, job, now).map((stage) => (
        <li
          key={stage.name}
          className={styles.stage}
          data-status={stage.status}
          aria-current={stage.status === "running" ? "step" : undefined}
          title={stage.startedAt === null ? undefined : `Began ${formatDateTime(stage.startedAt)}`}
        >
          <span className={styles.dot} aria-hidden>
            {stage.status === "finished" && <IconCheck size={11} stroke={3.2} />}
            {stage.status === "interrupted" && <IconX size={11} stroke={3.2} />}
          </span>
          <div className={styles.name}>
            {stage.label}
            <VisuallyHidden>, {SAID[stage.status]}</VisuallyHidden>
          </div>
          <Text size="sm" className="tabular" c={stage.seconds === null ? "dimmed" : undefined}>
            {stage.seconds === null ? "–" : formatDuration(stage.status === "running" ? Math.floor(stage.seconds) : stage.seconds)}
            {stage.attempts > 1 && ` in ${stage.attempts} attempts`}
          </Text>
          <div className={styles.what}>{stage.what}</div>
        </li>
      ))}
    </ol>
  );
}
