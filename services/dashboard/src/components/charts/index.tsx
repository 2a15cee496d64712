/** Charts, loaded when the first one is shown. Pages import them from here; wrap them in `<ChartFrame>`. */
import { Box, Skeleton } from "@mantine/core";
import { lazy, Suspense, type ReactNode } from "react";

const implementation = () => import("./implementation");

export const AreaChart = lazy(async () => ({ default: (await implementation()).AreaChart }));
export const BarChart = lazy(async () => ({ default: (await implementation()).BarChart }));
export const CompositeChart = lazy(async () => ({ default: (await implementation()).CompositeChart }));
export const LineChart = lazy(async () => ({ default: (await implementation()).LineChart }));
export const ScatterChart = lazy(async () => ({ default: (await implementation()).ScatterChart }));
export const Sparkline = lazy(async () => ({ default: (await implementation()).Sparkline }));

interface Props {
  height: number;
  /** What the picture says, for those who do not see it: its figures in a sentence. */
  label: string;
  children: ReactNode;
}

/** The place of a chart, of its final height from the start. */
export function ChartFrame({ height, label, children }: Props) {
  return (
    <Box h={height} role="img" aria-label={label}>
      <Suspense fallback={<Skeleton h={height} radius="md" />}>{children}</Suspense>
    </Box>
  );
}
