import { Anchor, Button, Text } from "@mantine/core";
import { IconActivity, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { jobsQuery } from "@/api/queries";
import type { TrainingJob } from "@/api/types";
import { useMay } from "@/auth/scopes";
import { EmptyState } from "@/components/EmptyState";
import { ListView } from "@/components/ListView";
import { PageHeader } from "@/components/PageHeader";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";
import { formatDuration, formatPercent, secondsBetween } from "@/lib/format";

import type { Progress } from "./live";
import { NewJob } from "./NewJob";
import { ENDED } from "./queries";
import { STAGES } from "./stages";

/** Where a job is, in a few words. */
export function whereabouts(job: TrainingJob): string {
  if (job.state === "queued") return job.priority === "normal" ? "waits for a worker" : `waits for a worker, ${job.priority} priority`;
  if (job.state === "failed") return job.error_code ?? "failed";
  if (job.state !== "running") return "";
  const current = (job.progress as { current?: Progress | null }).current;
  const label = STAGES[job.stage ?? ""]?.label ?? job.stage ?? "starting";
  const done = current?.step ?? current?.conversations ?? current?.windows;
  const total = current?.steps ?? current?.total;
  if (current?.stage !== job.stage || done === undefined || !total) return label;
  return `${label}, ${formatPercent(done / total)}`;
}

export function JobsPage() {
  const query = useInfiniteQuery(jobsQuery());
  const may = useMay("write");
  const navigate = useNavigate();
  const { train } = useSearch({ from: "/signed-in/jobs" });
  const open = (corpus?: string) => void navigate({ to: "/jobs", search: corpus === undefined ? {} : { train: corpus } });
  const button = may && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => open("")}>
      Start a job
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Training jobs"
        description="Each one makes a cartridge from a corpus: the model studies the text, and the cartridge learns what it said."
        actions={button}
      />
      <ListView
        query={query}
        caption="Training jobs"
        rowKey={({ id }) => id}
        columns={[
          {
            header: "Job",
            cell: ({ id, name }) => (
              <Anchor component={Link} to={`/jobs/${id}`} fw={550} inherit>
                {name}
              </Anchor>
            ),
          },
          { header: "Makes", cell: ({ kind }) => (kind === "preview" ? "a preview" : "a cartridge") },
          { header: "State", cell: ({ state }) => <StatusBadge status={state} /> },
          {
            header: "Now",
            cell: (job) => (
              <Text span size="sm" c="dimmed">
                {whereabouts(job) || "–"}
              </Text>
            ),
          },
          {
            header: "Took",
            align: "end",
            cell: ({ state, started_at, finished_at }) =>
              started_at == null || (finished_at == null && ENDED.includes(state)) ? "" : formatDuration(secondsBetween(started_at, finished_at ?? null)),
          },
          { header: "Ordered", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
        ]}
        empty={
          <EmptyState
            icon={IconActivity}
            title="No training jobs yet"
            action={button}
            command="cartridges job create --corpus crp_… --follow"
          >
            A job needs a corpus with text in it. It takes minutes for a small document, and you can watch it learn.
          </EmptyState>
        }
      />
      {train !== undefined && <NewJob corpusId={train === "" ? null : train} onClose={() => open()} />}
    </>
  );
}
