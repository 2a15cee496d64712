import { SegmentedControl, Tabs, Text } from "@mantine/core";
import { useState } from "react";

import { CopyableCode } from "@/components/CopyableCode";
import { Panel } from "@/components/Panel";

import { asCli, asCurl, asPython, type ChatBody, type System } from "./request";

const LABELS: Record<System, string> = { cartridge: "Cartridge", none: "No context", icl: "ICL" };

/** The request as curl, Python and command line say it. */
export function RequestForms({ systems, bodyOf }: { systems: System[]; bodyOf: (system: System) => ChatBody }) {
  const [wanted, setWanted] = useState<System>("cartridge");
  const system = systems.includes(wanted) ? wanted : systems[0]!;
  const body = bodyOf(system);
  const { origin } = window.location;
  return (
    <Panel
      title="The same request elsewhere"
      actions={
        systems.length > 1 && (
          <SegmentedControl
            aria-label="Which of the requests"
            data={systems.map((each) => ({ value: each, label: LABELS[each] }))}
            value={system}
            onChange={(value) => setWanted(value)}
          />
        )
      }
    >
      <Tabs defaultValue="python" keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="python">Python</Tabs.Tab>
          <Tabs.Tab value="curl">curl</Tabs.Tab>
          <Tabs.Tab value="cli">Command line</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="python">
          <CopyableCode code={asPython(origin, body)} label="Python code" />
        </Tabs.Panel>
        <Tabs.Panel value="curl">
          <CopyableCode code={asCurl(origin, body)} label="curl command" />
        </Tabs.Panel>
        <Tabs.Panel value="cli">
          <CopyableCode code={asCli(body)} label="command" />
        </Tabs.Panel>
      </Tabs>
      <Text size="xs" c="dimmed" mt="xs">
        <code>CARTRIDGES_API_KEY</code> holds a key with the scope <code>query</code>; make one under API keys.
      </Text>
    </Panel>
  );
}
