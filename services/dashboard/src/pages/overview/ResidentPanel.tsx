import { Anchor, Badge, Group, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { api, data } from "@/api/client";
import type { Residency } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";

import styles from "./OverviewPage.module.css";

const TIERS: Record<Residency["places"][number]["tier"], string> = {
  device: "GPU memory",
  host: "memory",
  disk: "disk",
  s3: "object store",
};
const SHOWN = 6;

/** Cartridges that a pod holds now: a question to them begins at once. */
export function ResidentPanel() {
  const residency = useQuery({
    queryKey: ["residency"],
    queryFn: async () => (await data(api.GET("/v1/residency"))).data,
    refetchInterval: 15_000,
  });
  return (
    <Panel title="At hand now" description="Cartridges that an inference pod holds: questions to them begin at once.">
      {residency.isPending && <Skeleton h={80} />}
      {residency.isError && <ErrorNotice error={residency.error} retry={() => void residency.refetch()} />}
      {residency.data?.length === 0 && (
        <Text c="dimmed">None. The first question to a cartridge fetches it from the object store, which takes a moment.</Text>
      )}
      <ul className={styles.list}>
        {residency.data?.slice(0, SHOWN).map(({ cartridge_id, name, places }) => (
          <li key={cartridge_id} className={styles.item}>
            <div style={{ minWidth: 0, flex: 1 }}>
              <Anchor component={Link} to={`/cartridges/${cartridge_id}`} fw={550}>
                {name}
              </Anchor>
              <Group gap={6} mt={4}>
                {places.map((place) => (
                  <Badge key={place.pod} color="gray">
                    {place.pod} · {TIERS[place.tier]}
                  </Badge>
                ))}
              </Group>
            </div>
            {places[0] && (
              <Text size="xs" c="dimmed" style={{ flex: "none" }}>
                used <RelativeTime at={places[0].last_used} />
              </Text>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
