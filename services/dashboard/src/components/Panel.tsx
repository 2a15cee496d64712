import { Box, Group, Paper, Text, Title } from "@mantine/core";
import { useId, type ReactNode } from "react";

interface Props {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** The content goes to the card's edges: a table. */
  flush?: boolean;
}

/** A card with a heading: the building block of pages. */
export function Panel({ title, description, actions, children, flush = false }: Props) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} style={{ overflow: "hidden" }}>
      <Group justify="space-between" align="flex-start" px="md" pt="md" pb={flush ? "sm" : "xs"} gap="xs">
        <Box miw={0} flex="1 1 200px">
          <Title order={2} id={id}>
            {title}
          </Title>
          {description && (
            <Text size="sm" c="dimmed">
              {description}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      <Box px={flush ? 0 : "md"} pb={flush ? 0 : "md"}>
        {children}
      </Box>
    </Paper>
  );
}
