import type { DayUsage, UsageKind } from "@/api/types";
import { BarChart, ChartFrame } from "@/components/charts";
import { Legend } from "@/components/charts/Legend";
import { formatCompact, formatCount, formatDay, formatDuration } from "@/lib/format";

import { seriesOf, totalOf } from "./series";

interface Props {
  usage: readonly DayUsage[];
  first: string;
  last: string;
  height?: number;
}

const TOKENS: { name: UsageKind; label: string; color: string }[] = [
  { name: "completion_tokens", label: "Answers", color: "var(--series-cartridge)" },
  { name: "prompt_tokens", label: "Prompts", color: "var(--series-4)" },
  { name: "cartridge_tokens", label: "From cartridges", color: "var(--series-none)" },
  { name: "synthesis_tokens", label: "Self-study", color: "var(--series-icl)" },
];
const TOKEN_KINDS = TOKENS.map(({ name }) => name);

const COMMON = {
  dataKey: "day",
  gridAxis: "x",
  tickLine: "none",
  maxBarWidth: 28,
  xAxisProps: { tickFormatter: formatDay, minTickGap: 24 },
  barProps: { isAnimationActive: false },
} as const;

/** Tokens by day, each kind in its color. */
export function TokensChart({ usage, first, last, height = 220 }: Props) {
  const total = totalOf(usage, TOKEN_KINDS);
  return (
    <>
      <ChartFrame height={height} label={`Tokens from ${formatDay(first)} to ${formatDay(last)}: ${formatCount(total)} in all`}>
        <BarChart
          {...COMMON}
          h={height}
          data={seriesOf(usage, first, last, TOKEN_KINDS)}
          type="stacked"
          series={TOKENS}
          valueFormatter={formatCompact}
          tooltipProps={{ labelFormatter: (day) => (typeof day === "string" ? formatDay(day) : day) }}
        />
      </ChartFrame>
      <Legend series={TOKENS} />
    </>
  );
}

/** Seconds in which jobs held a worker, by day. */
export function GpuChart({ usage, first, last, height = 220 }: Props) {
  const total = totalOf(usage, ["gpu_seconds"]);
  return (
    <ChartFrame height={height} label={`GPU time from ${formatDay(first)} to ${formatDay(last)}: ${formatDuration(total)} in all`}>
      <BarChart
        {...COMMON}
        h={height}
        data={seriesOf(usage, first, last, ["gpu_seconds"])}
        series={[{ name: "gpu_seconds", label: "GPU time", color: "var(--series-6)" }]}
        valueFormatter={formatDuration}
        yAxisProps={{ width: 72 }}
      />
    </ChartFrame>
  );
}

/** Requests to chat, by day. */
export function RequestsChart({ usage, first, last, height = 220 }: Props) {
  const total = totalOf(usage, ["requests"]);
  return (
    <ChartFrame height={height} label={`Chat requests from ${formatDay(first)} to ${formatDay(last)}: ${formatCount(total)} in all`}>
      <BarChart
        {...COMMON}
        h={height}
        data={seriesOf(usage, first, last, ["requests"])}
        series={[{ name: "requests", label: "Requests", color: "var(--series-4)" }]}
        valueFormatter={formatCompact}
        yAxisProps={{ allowDecimals: false }}
      />
    </ChartFrame>
  );
}
