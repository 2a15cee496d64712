import { ActionIcon, Group, Select, Text, TextInput, Tooltip } from "@mantine/core";
import { IconFilter, IconHistory, IconX } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { api, data } from "@/api/client";
import { listOptions } from "@/api/lists";
import type { AuditEntry } from "@/api/types";
import type { Column } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { ListView } from "@/components/ListView";
import { NeedsScope } from "@/components/NeedsScope";
import { PageHeader } from "@/components/PageHeader";
import { RelativeTime } from "@/components/RelativeTime";

import { actionLabel, ACTIONS } from "./actions";
import { Details, Reference } from "./Details";

const auditQuery = (action: string | undefined, target: string | undefined) =>
  listOptions(["audit", { action, target }], (cursor) =>
    data(api.GET("/v1/audit", { params: { query: { cursor, limit: 50, action, target } } })),
  );

/** What was changed, by whom; filters stand in the address, so that a view can be shared. */
export function AuditPage() {
  return (
    <NeedsScope scope="admin" title="Audit log" purpose="see who changed what">
      <Audit />
    </NeedsScope>
  );
}

function Audit() {
  const { action, target } = useSearch({ from: "/signed-in/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const entries = useInfiniteQuery(auditQuery(action, target));
  const filter = (search: { action?: string; target?: string }) => void navigate({ search, replace: true });
  const filtered = action !== undefined || target !== undefined;

  const columns: Column<AuditEntry>[] = [
    {
      header: "What",
      cell: (entry) => (
        <div>
          <Text inherit fw={550}>
            {actionLabel(entry.action)}
          </Text>
          <Details details={entry.details} />
        </div>
      ),
    },
    {
      header: "On",
      cell: ({ target_id }) => (
        <Group gap={4} wrap="nowrap">
          <Reference id={target_id} />
          <Tooltip label="Only what was done to this">
            <ActionIcon size="sm" aria-label={`Only ${target_id}`} onClick={() => filter({ action, target: target_id })}>
              <IconFilter size={13} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </Group>
      ),
    },
    {
      header: "By",
      cell: ({ actor, actor_id }) => (
        <>
          {actor}
          {actor_id !== null && (
            <>
              {" "}
              <Reference id={actor_id} />
            </>
          )}
        </>
      ),
    },
    { header: "When", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
  ];
  return (
    <>
      <PageHeader title="Audit log" description="Every change, newest first, with who made it. Nobody can change or delete an entry." />
      <Group mb="md" align="flex-end" gap="sm">
        <Select
          label="Action"
          placeholder="All"
          clearable
          searchable
          data={Object.entries(ACTIONS).map(([value, label]) => ({ value, label }))}
          value={action ?? null}
          onChange={(value) => filter({ action: value ?? undefined, target })}
        />
        <TargetFilter key={target} target={target} onChange={(value) => filter({ action, target: value })} />
      </Group>
      <ListView
        query={entries}
        caption="audit entries"
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon={IconHistory} title={filtered ? "Nothing matches" : "Nothing was changed yet"} command="cartridges audit">
            {filtered ? "Choose another action, or clear the filters." : "Whatever is made, changed or deleted will stand here."}
          </EmptyState>
        }
      />
    </>
  );
}

function TargetFilter({ target, onChange }: { target: string | undefined; onChange: (target: string | undefined) => void }) {
  const [text, setText] = useState(target ?? "");
  const apply = () => onChange(text.trim() === "" ? undefined : text.trim());
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <TextInput
        label="Id"
        placeholder="crp_…"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => (text.trim() || undefined) !== target && apply()}
        rightSection={
          target === undefined ? null : (
            <ActionIcon size="sm" aria-label="Clear the id" onClick={() => onChange(undefined)}>
              <IconX size={14} />
            </ActionIcon>
          )
        }
      />
    </form>
  );
}
