import { Paper, Skeleton, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  label: string;
  /** Undefined while it is loading. */
  value: ReactNode | undefined;
  hint?: ReactNode;
}

/** One figure with its name. */
export function StatCard({ label, value, hint }: Props) {
  return (
    <Paper p="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      {value === undefined ? (
        <Skeleton h={22} w={72} my={5} />
      ) : (
        <Text fz="1.375rem" lh="2rem" fw={620} className="tabular" style={{ letterSpacing: "-0.02em" }}>
          {value}
        </Text>
      )}
      {hint !== undefined && (
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
      )}
    </Paper>
  );
}
