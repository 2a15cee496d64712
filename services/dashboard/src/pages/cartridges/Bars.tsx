import { Box, Text } from "@mantine/core";

import styles from "./Bars.module.css";

export type Series = "none" | "icl" | "cartridge";

export const SERIES_LABELS: Record<Series, string> = { none: "No context", icl: "ICL, the whole text", cartridge: "Cartridge" };

interface Props {
  /** What is compared, for screen readers. */
  label: string;
  /** `label` is said in place of the series' own. */
  rows: { series: Series; label?: string | undefined; value: number; text: string }[];
  /** The value of a whole bar; the largest one unless given. */
  whole?: number;
}

/** Bars for the three ways to give the model a text. */
export function Bars({ label, rows, whole }: Props) {
  const most = whole ?? (Math.max(...rows.map(({ value }) => value)) || 1);
  return (
    <dl className={styles.bars} aria-label={label}>
      {rows.map(({ series, label: own, value, text }) => (
        <div key={series} className={styles.row}>
          <dt>{own ?? SERIES_LABELS[series]}</dt>
          <dd>
            <span className={styles.track} aria-hidden>
              <span className={styles.bar} data-series={series} style={{ width: `${Math.max(0.5, (value / most) * 100)}%` }} />
            </span>
            <span className="tabular">{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface GapProps {
  none: number;
  icl: number;
  cartridge: number;
}

/** Where the cartridge stands on the way from no context to ICL. */
export function GapScale({ none, icl, cartridge }: GapProps) {
  const share = none === icl ? 0 : (none - cartridge) / (none - icl);
  const place = Math.min(1, Math.max(0, share)) * 100;
  return (
    <Box className={styles.scale} role="img" aria-label={`Log-perplexity: no context ${none.toFixed(3)}, cartridge ${cartridge.toFixed(3)}, ICL ${icl.toFixed(3)}`}>
      <div className={styles.way}>
        <div className={styles.gone} style={{ width: `${place}%` }} />
        <div className={styles.mark} style={{ left: `${place}%` }} />
      </div>
      <div className={styles.ends}>
        <Text size="xs" c="dimmed">
          No context
          <br />
          <span className="tabular">{none.toFixed(3)}</span>
        </Text>
        <Text size="xs" fw={600} ta="center">
          Cartridge
          <br />
          <span className="tabular">{cartridge.toFixed(3)}</span>
        </Text>
        <Text size="xs" c="dimmed" ta="right">
          ICL
          <br />
          <span className="tabular">{icl.toFixed(3)}</span>
        </Text>
      </div>
    </Box>
  );
}
