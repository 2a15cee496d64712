import { Anchor, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { cartridgesQuery, jobsQuery } from "@/api/queries";
import type { Cartridge, Corpus, TrainingJob } from "@/api/types";
import type { Column } from "@/components/DataTable";
import { ListView } from "@/components/ListView";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";
import { formatCount } from "@/lib/format";

const CARTRIDGES: Column<Cartridge>[] = [
  {
    header: "Cartridge",
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/cartridges/${id}`} fw={550}>
        {name}
      </Anchor>
    ),
  },
  { header: "Status", cell: ({ kind, status }) => <StatusBadge status={kind === "preview" ? kind : status} /> },
  { header: "Positions", align: "end", cell: ({ tokens }) => formatCount(tokens) },
  { header: "Made", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
];

const JOBS: Column<TrainingJob>[] = [
  {
    header: "Job",
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/jobs/${id}`} fw={550}>
        {name}
      </Anchor>
    ),
  },
  { header: "State", cell: ({ state }) => <StatusBadge status={state} /> },
  { header: "Started", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
];

/** What was made of a corpus, and what is being made. */
export function LearnedPanel({ corpus }: { corpus: Corpus }) {
  const cartridges = useInfiniteQuery(cartridgesQuery(corpus.id));
  const jobs = useInfiniteQuery(jobsQuery(corpus.id));
  return (
    <Stack gap="lg">
      <Panel title="Cartridges" flush>
        <ListView
          bare
          query={cartridges}
          caption="cartridges of this corpus"
          columns={CARTRIDGES}
          rowKey={({ id }) => id}
          empty={
            <Text c="dimmed" p="md">
              None yet: train one with the button above.
            </Text>
          }
        />
      </Panel>
      <Panel title="Training jobs" flush>
        <ListView
          bare
          query={jobs}
          caption="training jobs of this corpus"
          columns={JOBS}
          rowKey={({ id }) => id}
          empty={
            <Text c="dimmed" p="md">
              No job has read this corpus yet.
            </Text>
          }
        />
      </Panel>
    </Stack>
  );
}
