import { SegmentedControl, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { quotasQuery } from "@/api/queries";
import { ErrorNotice } from "@/components/ErrorNotice";
import { NeedsScope } from "@/components/NeedsScope";
import { PageHeader } from "@/components/PageHeader";
import { Panel } from "@/components/Panel";
import { StatCard } from "@/components/StatCard";
import { formatCompact, formatDuration } from "@/lib/format";

import { usageQuery } from "./queries";
import { QuotaBars } from "./QuotaBars";
import { totalOf } from "./series";
import { GpuChart, RequestsChart, TokensChart } from "./UsageCharts";

const SPANS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
];

/** What the tenant has used, and what it may use. */
export function UsagePage() {
  return (
    <NeedsScope scope="admin" title="Usage and quotas" purpose="see what the tenant uses">
      <Usage />
    </NeedsScope>
  );
}

function Usage() {
  const [days, setDays] = useState("30");
  const usage = useQuery(usageQuery(Number(days)));
  const quotas = useQuery(quotasQuery);
  const span = usage.data && { usage: usage.data.data, first: usage.data.first_day, last: usage.data.last_day };
  return (
    <>
      <PageHeader
        title="Usage and quotas"
        description="Each token and each second is counted once. Days are those of UTC."
        actions={<SegmentedControl aria-label="Time span" value={days} onChange={setDays} data={SPANS} />}
      />
      {usage.isError && <ErrorNotice error={usage.error} retry={() => void usage.refetch()} />}
      {!usage.isError && (
        <Stack gap="lg">
          <SimpleGrid cols={{ base: 2, md: 4 }}>
            <StatCard label="Chat requests" value={span && formatCompact(totalOf(span.usage, ["requests"]))} />
            <StatCard
              label="Answered tokens"
              value={span && formatCompact(totalOf(span.usage, ["completion_tokens"]))}
              hint="generated for askers"
            />
            <StatCard
              label="Tokens not computed"
              value={span && formatCompact(totalOf(span.usage, ["cartridge_tokens"]))}
              hint="cartridges stood in for prompts"
            />
            <StatCard
              label="GPU time"
              value={span && formatDuration(totalOf(span.usage, ["gpu_seconds"]))}
              hint="of training jobs"
            />
          </SimpleGrid>
          <Panel title="Tokens by day">{span ? <TokensChart {...span} /> : <Skeleton h={220} />}</Panel>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            <Panel title="Chat requests by day">{span ? <RequestsChart {...span} /> : <Skeleton h={220} />}</Panel>
            <Panel title="GPU time by day">{span ? <GpuChart {...span} /> : <Skeleton h={220} />}</Panel>
          </SimpleGrid>
          <Panel title="Quotas" description="The operator sets them. At a limit, new work is refused; what runs goes on.">
            {quotas.isError ? (
              <ErrorNotice error={quotas.error} retry={() => void quotas.refetch()} />
            ) : (
              <QuotaBars quotas={quotas.data} />
            )}
          </Panel>
        </Stack>
      )}
    </>
  );
}
