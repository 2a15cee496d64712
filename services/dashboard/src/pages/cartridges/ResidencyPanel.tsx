import { Badge, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";

import { residencyQuery } from "./queries";

const TIERS: Record<string, { label: string; what: string }> = {
  device: { label: "GPU memory", what: "answers begin at once" },
  host: { label: "Memory", what: "a moment away from the model" },
  disk: { label: "Disk", what: "read before the first word" },
  s3: { label: "Object store", what: "fetched before the first word" },
};

/** The pods that hold a cartridge now, and how near to the model. */
export function ResidencyPanel({ cartridgeId }: { cartridgeId: string }) {
  const query = useQuery(residencyQuery(cartridgeId));
  return (
    <Panel title="Where it is now" description="The serving pods that have it at hand.">
      {query.isError && <ErrorNotice error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Skeleton h={20} />}
      {query.data?.places.length === 0 && (
        <Text>
          In no pod. It rests in the object store, and the next question fetches it: that one waits a moment longer for its
          first word.
        </Text>
      )}
      <Stack gap="xs">
        {query.data?.places.map(({ pod, tier, pinned, last_used }) => (
          <Group key={pod} gap="xs">
            <Badge color={tier === "device" || tier === "host" ? "lagoon" : "gray"}>{TIERS[tier]?.label ?? tier}</Badge>
            <Text fw={550} style={{ overflowWrap: "anywhere" }}>
              {pod}
            </Text>
            {pinned && <Badge color="iris">Pinned</Badge>}
            <Text size="sm" c="dimmed">
              {TIERS[tier]?.what} · last used <RelativeTime at={last_used} />
            </Text>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
