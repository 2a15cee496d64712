import { SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { cartridgesQuery, corporaQuery, jobsQuery, quotasQuery } from "@/api/queries";
import { useHolds, useMay } from "@/auth/scopes";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageHeader } from "@/components/PageHeader";
import { Panel } from "@/components/Panel";
import { StatCard } from "@/components/StatCard";
import { formatCompact, formatCount, formatDuration } from "@/lib/format";
import { usageQuery } from "@/pages/usage/queries";
import { totalOf } from "@/pages/usage/series";
import { GpuChart, TokensChart } from "@/pages/usage/UsageCharts";

import { attentionOf } from "./attention";
import { AttentionPanel } from "./AttentionPanel";
import { FirstSteps } from "./FirstSteps";
import { JobsPanel } from "./JobsPanel";
import { ResidentPanel } from "./ResidentPanel";

const DAYS = 30;

/** What runs, what is at hand, what was used, and what needs somebody. */
export function OverviewPage() {
  const mayAdminister = useMay("admin");
  const jobs = useInfiniteQuery(jobsQuery());
  const cartridges = useInfiniteQuery(cartridgesQuery());
  const corpora = useInfiniteQuery(corporaQuery);
  const administers = useHolds("admin");
  const usage = useQuery({ ...usageQuery(DAYS), enabled: administers });
  const quotas = useQuery({ ...quotasQuery, enabled: administers });

  if (corpora.isError) {
    return (
      <>
        <PageHeader title="Overview" />
        <ErrorNotice error={corpora.error} retry={() => void corpora.refetch()} />
      </>
    );
  }
  const running = jobs.data?.filter(({ state }) => state === "running" || state === "queued");
  const isNew = corpora.data?.length === 0 && cartridges.data?.length === 0;
  const span = usage.data && { usage: usage.data.data, first: usage.data.first_day, last: usage.data.last_day };
  const attention = attentionOf({
    jobs: jobs.data, cartridges: cartridges.data, corpora: corpora.data, quotas: quotas.data,
  });
  /** "50+" where a list goes on after its first page. */
  const count = (list: { data?: unknown[]; hasNextPage: boolean }) =>
    list.data && `${formatCount(list.data.length)}${list.hasNextPage ? "+" : ""}`;

  return (
    <>
      <PageHeader title="Overview" />
      <Stack gap="lg">
        {isNew && <FirstSteps />}
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          <StatCard label="Jobs in work" value={running && formatCount(running.length)} hint="queued or running" />
          <StatCard label="Cartridges" value={count(cartridges)} hint="trained and kept" />
          <StatCard label="Corpora" value={count(corpora)} hint="texts to learn from" />
          {mayAdminister ? (
            <StatCard
              label="Tokens not computed"
              value={span && formatCompact(totalOf(span.usage, ["cartridge_tokens"]))}
              hint={`in ${DAYS} days, thanks to cartridges`}
            />
          ) : (
            <StatCard label="Ready to ask" value={cartridges.data && formatCount(cartridges.data.filter(({ status }) => status === "ready").length)} hint="cartridges" />
          )}
        </SimpleGrid>
        {attention.length > 0 && <AttentionPanel items={attention} />}
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
          <JobsPanel jobs={jobs.data} />
          <ResidentPanel />
        </SimpleGrid>
        {mayAdminister && (
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            <Panel title="Tokens" description={`The last ${DAYS} days`}>
              {span ? <TokensChart {...span} /> : <Skeleton h={220} />}
            </Panel>
            <Panel
              title="GPU time"
              description={span ? `${formatDuration(totalOf(span.usage, ["gpu_seconds"]))} in the last ${DAYS} days` : " "}
            >
              {span ? <GpuChart {...span} /> : <Skeleton h={220} />}
            </Panel>
          </SimpleGrid>
        )}
      </Stack>
    </>
  );
}
