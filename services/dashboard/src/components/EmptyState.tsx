import { Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { CopyableCode } from "./CopyableCode";

interface Props {
  icon: TablerIcon;
  title: string;
  /** What this is, and what to do next. */
  children: ReactNode;
  /** The button that does it. */
  action?: ReactNode;
  /** The same from a terminal. */
  command?: string;
}

/** Nothing is here yet: what would be, and the next step. */
export function EmptyState({ icon: Icon, title, children, action, command }: Props) {
  return (
    <Paper p="xl">
      <Stack align="center" gap="sm" maw={520} mx="auto" py="md" ta="center">
        <ThemeIcon size={48} radius="lg" variant="light">
          <Icon size={26} stroke={1.5} aria-hidden />
        </ThemeIcon>
        <Title order={2}>{title}</Title>
        <Text c="dimmed">{children}</Text>
        {action}
        {command !== undefined && (
          <Stack gap={4} w="100%" mt="sm">
            <Text size="xs" c="dimmed">
              or from a terminal
            </Text>
            <CopyableCode code={command} />
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}
