import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface Props {
  title: string;
  /** One sentence: what this page is for. */
  description?: ReactNode;
  /** The page above this one. */
  back?: { to: string; label: string };
  /** Stands beside the title: a badge. */
  aside?: ReactNode;
  /** Buttons at the right. */
  actions?: ReactNode;
}

/** The top of every page; it names the browser's tab as well. */
export function PageHeader({ title, description, back, aside, actions }: Props) {
  useDocumentTitle(`${title} · Cartridges`);
  return (
    <Stack gap={4} mb="lg">
      {back && (
        <Anchor component={Link} to={back.to} size="sm" c="dimmed" w="fit-content">
          <Group gap={2} wrap="nowrap">
            <IconChevronLeft size={14} aria-hidden />
            {back.label}
          </Group>
        </Anchor>
      )}
      <Group justify="space-between" align="center" gap="sm">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <Title order={1} style={{ overflowWrap: "anywhere", letterSpacing: "-0.015em" }}>
            {title}
          </Title>
          {aside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {description && (
        <Text c="dimmed" maw={720}>
          {description}
        </Text>
      )}
    </Stack>
  );
}
