import { Group, Text } from "@mantine/core";

import styles from "./Legend.module.css";

interface Props {
  series: readonly { label: string; color: string }[];
}

/** What the colors mean, in the order of the series; it wraps where a chart's own legend would be cut. */
export function Legend({ series }: Props) {
  return (
    <Group gap="md" mt="xs" justify="flex-end" className={styles.legend}>
      {series.map(({ label, color }) => (
        <Group key={label} gap={7} wrap="nowrap">
          <span className={styles.swatch} style={{ background: color }} aria-hidden />
          <Text size="sm">{label}</Text>
        </Group>
      ))}
    </Group>
  );
}
