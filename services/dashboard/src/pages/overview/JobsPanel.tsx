import { Anchor, Box, Group, Progress, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { TrainingJob } from "@/api/types";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";

import { shareDone, stageWords } from "./progress";
import styles from "./OverviewPage.module.css";

const SHOWN = 6;

/** The newest jobs; those in work with how far they are. */
export function JobsPanel({ jobs }: { jobs: TrainingJob[] | undefined }) {
  return (
    <Panel
      title="Training jobs"
      actions={
        <Anchor component={Link} to="/jobs" size="sm">
          All jobs
        </Anchor>
      }
    >
      {jobs === undefined && (
        <Stack gap="sm">
          {[0, 1, 2].map((index) => (
            <Skeleton key={index} h={36} />
          ))}
        </Stack>
      )}
      {jobs?.length === 0 && <Text c="dimmed">No job yet. Open a corpus and train a cartridge on it.</Text>}
      <ul className={styles.list}>
        {jobs?.slice(0, SHOWN).map((job) => (
          <li key={job.id} className={styles.item}>
            <Box flex={1} miw={0}>
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <Anchor component={Link} to={`/jobs/${job.id}`} fw={550} truncate>
                  {job.name}
                </Anchor>
                <StatusBadge status={job.state} />
              </Group>
              <Text size="xs" c="dimmed">
                {job.state === "running" ? stageWords(job) : <RelativeTime at={job.finished_at ?? job.created_at} />}
              </Text>
              {job.state === "running" && (
                <Progress mt={6} size="xs" color="iris" value={shareDone(job) * 100} aria-label={`Progress of ${job.name}`} />
              )}
            </Box>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
