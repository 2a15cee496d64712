import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconCpu2 } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { cartridgesQuery } from "@/api/queries";
import { CopyButton } from "@/components/CopyButton";
import { EmptyState } from "@/components/EmptyState";
import { ListView } from "@/components/ListView";
import { PageHeader } from "@/components/PageHeader";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";
import { formatBytes, formatCount, shortId } from "@/lib/format";

export function CartridgesPage() {
  const query = useInfiniteQuery(cartridgesQuery());
  return (
    <>
      <PageHeader
        title="Cartridges"
        description="What training made: small KV caches that stand for whole texts. Name one in a request, and the model answers as if it had the text before it."
      />
      <ListView
        query={query}
        caption="Cartridges"
        rowKey={({ id }) => id}
        columns={[
          {
            header: "Cartridge",
            cell: ({ id, name }) => (
              <Anchor component={Link} to={`/cartridges/${id}`} fw={550} inherit>
                {name}
              </Anchor>
            ),
          },
          { header: "State", cell: ({ kind, status }) => <StatusBadge status={kind === "preview" ? kind : status} /> },
          {
            header: "Id",
            cell: ({ id }) => (
              <Group gap={4} wrap="nowrap">
                <Text span size="xs" ff="monospace" title={id}>
                  {shortId(id)}
                </Text>
                <CopyButton value={id} label="Copy the id" />
              </Group>
            ),
          },
          { header: "Positions", align: "end", cell: ({ tokens }) => formatCount(tokens) },
          { header: "File", align: "end", cell: ({ size_bytes }) => formatBytes(size_bytes) },
          { header: "Made", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
        ]}
        empty={
          <EmptyState
            icon={IconCpu2}
            title="No cartridges yet"
            action={
              <Button component={Link} to="/jobs">
                Train one
              </Button>
            }
            command="cartridges job create --corpus crp_… --follow"
          >
            A training job makes one from a corpus and measures what it is worth. It then stands here with its report.
          </EmptyState>
        }
      />
    </>
  );
}
