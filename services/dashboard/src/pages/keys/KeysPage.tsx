import { Badge, Button, Group, Text } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { meQuery } from "@/api/queries";
import type { ApiKey, NewApiKey } from "@/api/types";
import { confirmDanger } from "@/components/confirm";
import type { Column } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { ListView } from "@/components/ListView";
import { NeedsScope } from "@/components/NeedsScope";
import { PageHeader } from "@/components/PageHeader";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";

import { CreateKeyDialog, NewKeyDialog, RotateKeyDialog } from "./KeyDialogs";
import { keysQuery, useRevokeKey } from "./mutations";

type Open = { what: "create" } | { what: "rotate"; key: ApiKey } | { what: "made"; key: NewApiKey } | null;

/** The tenant's API keys: made, shown once, rotated, revoked. */
export function KeysPage() {
  return (
    <NeedsScope scope="admin" title="API keys" purpose="see, make and revoke keys">
      <Keys />
    </NeedsScope>
  );
}

function Keys() {
  const keys = useInfiniteQuery(keysQuery);
  const { data: me } = useQuery(meQuery);
  const revoke = useRevokeKey();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const made = (key: NewApiKey) => setOpen({ what: "made", key });
  const button = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ what: "create" })}>
      New key
    </Button>
  );

  const columns: Column<ApiKey>[] = [
    {
      header: "Name",
      cell: ({ id, name, prefix }) => (
        <div>
          <Group gap="xs">
            <Text inherit fw={550}>
              {name}
            </Text>
            {id === me?.key?.id && <Badge>Signed in with it</Badge>}
          </Group>
          <Text size="xs" c="dimmed" ff="monospace">
            ck_{prefix}…
          </Text>
        </div>
      ),
    },
    { header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
    { header: "Scopes", cell: ({ scopes }) => scopes.join(", ") },
    {
      header: "Last used",
      align: "end",
      cell: ({ last_used_at }) => (last_used_at === null ? "never" : <RelativeTime at={last_used_at} />),
    },
    {
      header: "Ends",
      align: "end",
      cell: ({ expires_at, revoked_at }) =>
        expires_at === null || revoked_at !== null ? "–" : <RelativeTime at={expires_at} />,
    },
    {
      header: "Actions",
      hiddenHeader: true,
      align: "end",
      cell: (key) =>
        key.status === "active" ? (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button size="compact-sm" variant="subtle" onClick={() => setOpen({ what: "rotate", key })}>
              Rotate
            </Button>
            {key.id !== me?.key?.id && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="rose"
                onClick={() =>
                  confirmDanger({
                    title: `Revoke ${key.name}?`,
                    body: "From now on it opens nothing. Whatever uses it stops to work.",
                    verb: "Revoke the key",
                    onConfirm: () => revoke.mutate(key),
                  })
                }
              >
                Revoke
              </Button>
            )}
          </Group>
        ) : null,
    },
  ];
  return (
    <>
      <PageHeader
        title="API keys"
        description="What programs sign in with. Give each its own, with no more scopes than it needs."
        actions={button}
      />
      <ListView
        query={keys}
        caption="API keys"
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon={IconKey} title="No key yet" action={button} command="cartridges key create --name ci --scope query --days 90">
            Programs sign in with keys: the command line, an OpenAI client, a pipeline.
          </EmptyState>
        }
      />
      {open?.what === "create" && <CreateKeyDialog onClose={close} onMade={made} />}
      {open?.what === "rotate" && <RotateKeyDialog apiKey={open.key} onClose={close} onMade={made} />}
      {open?.what === "made" && <NewKeyDialog apiKey={open.key} onClose={close} />}
    </>
  );
}
