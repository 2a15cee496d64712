import { Badge, Group, Paper, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconHelp, IconMinus, type TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Grade, Verdict } from "./verdicts";

const LOOKS: Record<Grade, { color: string; icon: TablerIcon }> = {
  good: { color: "lagoon", icon: IconCheck },
  fair: { color: "iris", icon: IconMinus },
  poor: { color: "amber", icon: IconAlertTriangle },
  unknown: { color: "gray", icon: IconHelp },
};

interface Props {
  title: string;
  /** What is measured, in one sentence. */
  what: string;
  verdict: Verdict;
  value?: string;
  children?: ReactNode;
}

/** One figure of the quality report: the number, the picture, and what it means. */
export function Figure({ title, what, verdict, value, children }: Props) {
  const { color, icon: Icon } = LOOKS[verdict.grade];
  return (
    <Paper component="section" p="md" aria-label={title}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <Title order={3}>{title}</Title>
        <Badge color={color} leftSection={<Icon size={12} stroke={2.2} aria-hidden />} style={{ flex: "none" }}>
          {verdict.word}
        </Badge>
      </Group>
      {value !== undefined && (
        <Text fz="1.75rem" lh="2.25rem" fw={620} className="tabular" mt={4}>
          {value}
        </Text>
      )}
      <Text size="sm" c="dimmed" mb="sm">
        {what}
      </Text>
      {children}
      <Text size="sm" mt="sm">
        {verdict.sentence}
      </Text>
    </Paper>
  );
}
