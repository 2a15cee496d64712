import { Button, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { CopyableCode } from "@/components/CopyableCode";
import { Panel } from "@/components/Panel";

import styles from "./OverviewPage.module.css";

const STEPS = [
  { title: "Make a corpus", body: "Upload the documents that you ask about again and again." },
  { title: "Train a cartridge", body: "The model studies the text itself, and keeps what it learned in a small KV cache." },
  { title: "Ask it", body: "It answers as if the whole text stood in the prompt, at a fraction of the memory." },
];

const COMMANDS = `cartridges corpus create handbook
cartridges corpus upload crp_… handbook.md
cartridges job create crp_… --follow
cartridges chat --cartridge ctg_… "How many days of leave do I have?"`;

/** Shown while a tenant has nothing yet. */
export function FirstSteps() {
  return (
    <Panel title="From a text to answers">
      <Stack mt="xs">
        <ol className={styles.steps}>
          {STEPS.map(({ title, body }) => (
            <li key={title} className={styles.step}>
              <Title order={3}>{title}</Title>
              <Text size="sm" c="dimmed">
                {body}
              </Text>
            </li>
          ))}
        </ol>
        <Button component={Link} to="/corpora" w="fit-content">
          Make a corpus
        </Button>
        <Text size="sm" c="dimmed">
          The same from a terminal:
        </Text>
        <CopyableCode code={COMMANDS} label="commands" />
      </Stack>
    </Panel>
  );
}
