import { Anchor, Button, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { Panel } from "@/components/Panel";

import type { Attention } from "./attention";
import styles from "./OverviewPage.module.css";

const SHOWN = 4;

export function AttentionPanel({ items }: { items: Attention[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, SHOWN);
  return (
    <Panel title="Needs attention">
      <ul className={styles.list}>
        {shown.map(({ key, tone, title, detail, to }) => (
          <li key={key} className={styles.item}>
            <ThemeIcon color={tone} variant="light" size={28} radius="md">
              <IconAlertTriangle size={16} stroke={1.8} aria-hidden />
            </ThemeIcon>
            <div style={{ minWidth: 0 }}>
              <Anchor component={Link} to={to} fw={550}>
                {title}
              </Anchor>
              <Text size="sm" c="dimmed" lineClamp={2}>
                {detail}
              </Text>
            </div>
          </li>
        ))}
      </ul>
      {items.length > shown.length && (
        <Button size="compact-sm" variant="subtle" mt="xs" onClick={() => setAll(true)}>
          Show {items.length - shown.length} more
        </Button>
      )}
    </Panel>
  );
}
