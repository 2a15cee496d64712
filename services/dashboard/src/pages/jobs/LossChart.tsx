import { Group, Text } from "@mantine/core";

import type { LossCurve } from "@/api/types";
import { ChartFrame, CompositeChart } from "@/components/charts";
import { formatCount } from "@/lib/format";
import { roundTicks } from "@/lib/ticks";

import styles from "./LossChart.module.css";
import type { SeriesPoint, ValidationPoint } from "./series";

const HEIGHT = 300;

interface Props {
  points: SeriesPoint[];
  validation: ValidationPoint[];
  baselines: LossCurve["baselines"];
  steps: number;
}

interface Row {
  step: number;
  loss?: number;
  spread?: [number, number];
  validation?: number;
}

/** Both curves by step in one list: a step that both have is one row. */
function rowsOf(points: SeriesPoint[], validation: ValidationPoint[]): Row[] {
  const rows = new Map<number, Row>(validation.map(({ step, loss }) => [step, { step, validation: round(loss) }]));
  for (const { step, loss, least, largest } of points) {
    rows.set(step, { ...rows.get(step), step, loss: round(loss), spread: [round(least), round(largest)] });
  }
  return [...rows.values()].sort((one, other) => one.step - other.step);
}

/** The training loss and that on conversations kept from it, by step; the levels of no context and of ICL are drawn in. */
export function LossChart({ points, validation, baselines, steps }: Props) {
  const levels = baselines == null ? [] : [
    { y: baselines.no_context, label: "no context", color: "var(--series-none)" },
    { y: baselines.icl, label: "ICL", color: "var(--series-icl)" },
  ];
  const last = points.at(-1);
  const rows = rowsOf(points, validation);
  const measured = validation.at(-1);
  const values = [...validation.map(({ loss }) => loss), ...points.flatMap(({ least, largest }) => [least, largest]), ...levels.map(({ y }) => y)];
  const ticks = roundTicks(Math.min(...values), Math.max(...values));
  const said = last === undefined ? "no steps yet" : `${last.loss.toFixed(3)} nats a token after step ${formatCount(last.step)} of ${formatCount(steps)}`;
  const heldOut = measured === undefined ? "" : `; ${measured.loss.toFixed(3)} on conversations that it is not trained on, after step ${formatCount(measured.step)}`;
  const compared = baselines == null ? "" : `; without context ${baselines.no_context.toFixed(3)}, with the whole text ${baselines.icl.toFixed(3)}`;
  return (
    <>
      <Group gap="lg" mb="sm" className={styles.legend}>
        <Key kind="cartridge" label="Cartridge, in training" value={last?.loss} />
        {measured !== undefined && <Key kind="validation" label="On conversations it is not trained on" value={measured.loss} />}
        {baselines != null && (
          <>
            <Key kind="none" label="No context" value={baselines.no_context} />
            <Key kind="icl" label="ICL, the whole text" value={baselines.icl} />
          </>
        )}
      </Group>
      <ChartFrame height={HEIGHT} label={`Training loss: ${said}${heldOut}${compared}.`}>
        <CompositeChart
          h={HEIGHT}
          data={rows}
          dataKey="step"
          series={[
            { name: "spread", label: "least to largest", color: "var(--series-cartridge)", type: "area" },
            { name: "loss", label: "loss", color: "var(--series-cartridge)", type: "line" },
            { name: "validation", label: "not trained on", color: "var(--series-4)", type: "line" },
          ]}
          withDots={false}
          curveType="linear"
          strokeWidth={2}
          gridAxis="xy"
          areaProps={{ fillOpacity: 0.14, strokeOpacity: 0, isAnimationActive: false }}
          lineProps={{ isAnimationActive: false, connectNulls: true }}
          referenceLines={levels.map(({ y, color }) => ({ y, color, strokeDasharray: "5 4" }))}
          xAxisProps={{ type: "number", domain: [0, steps], allowDecimals: false, tickFormatter: formatCount }}
          yAxisProps={{ domain: [ticks[0]!, ticks.at(-1)!], ticks, interval: 0, tickFormatter: (value: number) => value.toFixed(2), width: 44 }}
          valueFormatter={(value) => (Array.isArray(value) ? (value as number[]).map((each) => each.toFixed(3)).join(" – ") : Number(value).toFixed(3))}
          unit=""
        />
      </ChartFrame>
    </>
  );
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function Key({ kind, label, value }: { kind: "cartridge" | "validation" | "none" | "icl"; label: string; value: number | undefined }) {
  return (
    <Group gap={8} wrap="nowrap">
      <span className={styles.key} data-kind={kind} aria-hidden />
      <Text size="sm">
        {label}{" "}
        <Text span fw={600} className="tabular">
          {value === undefined ? "–" : value.toFixed(3)}
        </Text>
      </Text>
    </Group>
  );
}
