import { ActionIcon, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Corpus, Document } from "@/api/types";
import { useMay } from "@/auth/scopes";
import { confirmDanger } from "@/components/confirm";
import type { Column } from "@/components/DataTable";
import { ListView } from "@/components/ListView";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";
import { formatBytes, formatCount } from "@/lib/format";

import { useDeleteDocument } from "./mutations";
import { documentsQuery, type DocumentFilter } from "./queries";

const FILTERS: { value: DocumentFilter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "ready", label: "Ready" },
  { value: "checking", label: "Checking" },
  { value: "failed", label: "Refused" },
];

export function DocumentsPanel({ corpus }: { corpus: Corpus }) {
  const [filter, setFilter] = useState<DocumentFilter>("all");
  const documents = useInfiniteQuery(documentsQuery(corpus, filter));
  const remove = useDeleteDocument(corpus.id);
  const mayWrite = useMay("write");

  const columns: Column<Document>[] = [
    {
      header: "Name",
      cell: ({ name, error }) => (
        <div>
          <Text inherit style={{ overflowWrap: "anywhere" }}>
            {name}
          </Text>
          {error && (
            <Text size="sm" c="rose" fw={400}>
              {error.detail}
            </Text>
          )}
        </div>
      ),
    },
    { header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
    { header: "Size", align: "end", cell: ({ size_bytes }) => formatBytes(size_bytes) },
    { header: "Tokens", align: "end", cell: ({ tokens }) => (tokens === null ? "–" : formatCount(tokens)) },
    { header: "Added", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
    {
      header: "Actions",
      hiddenHeader: true,
      align: "end",
      cell: (document) =>
        mayWrite ? (
          <Tooltip label="Take out of the corpus">
            <ActionIcon
              aria-label={`Delete ${document.name}`}
              onClick={() =>
                confirmDanger({
                  title: `Delete ${document.name}?`,
                  body: "It is no longer part of the corpus. Cartridges that learned it stay as they are.",
                  verb: "Delete the document",
                  onConfirm: () => remove.mutate(document),
                })
              }
            >
              <IconTrash size={16} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        ) : null,
    },
  ];
  return (
    <Panel
      title="Documents"
      flush
      actions={
        <SegmentedControl
          aria-label="Which documents"
          value={filter}
          onChange={setFilter}
          data={FILTERS}
        />
      }
    >
      <ListView
        bare
        query={documents}
        caption="documents"
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <Text c="dimmed" p="md">
            {filter === "all" ? "Nothing is here yet. Add files above." : "None of the documents is in this state."}
          </Text>
        }
      />
    </Panel>
  );
}
