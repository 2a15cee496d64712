import { Center, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { BrandMark } from "@/app/Brand";
import { ColorSchemeToggle } from "@/app/ColorSchemeToggle";

import styles from "./Frame.module.css";

/** What is around the pages that need nobody signed in. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <main className={styles.page}>
      <div className={styles.corner}>
        <ColorSchemeToggle />
      </div>
      <Center mih="100vh" p="md">
        <Stack w="100%" maw={440} gap="lg">
          <Group gap="sm" className={styles.brand}>
            <BrandMark />
            <Text fw={650} fz="lg">
              Cartridges
            </Text>
          </Group>
          {children}
        </Stack>
      </Center>
    </main>
  );
}
