import { Anchor, Badge, Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBooks, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { corporaQuery } from "@/api/queries";
import type { Corpus } from "@/api/types";
import { useMay } from "@/auth/scopes";
import type { Column } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { ListView } from "@/components/ListView";
import { PageHeader } from "@/components/PageHeader";
import { RelativeTime } from "@/components/RelativeTime";
import { formatBytes, formatCount } from "@/lib/format";

import { NameDialog } from "./NameDialog";
import { useCreateCorpus } from "./mutations";

const COLUMNS: Column<Corpus>[] = [
  {
    header: "Name",
    cell: (corpus) => (
      <Group gap="xs" wrap="nowrap">
        <Anchor component={Link} to={`/corpora/${corpus.id}`} fw={550}>
          {corpus.name}
        </Anchor>
        {corpus.pending > 0 && <Badge color="iris">{formatCount(corpus.pending)} being checked</Badge>}
        {corpus.failed > 0 && <Badge color="rose">{formatCount(corpus.failed)} refused</Badge>}
      </Group>
    ),
  },
  { header: "Documents", align: "end", cell: ({ documents }) => formatCount(documents) },
  { header: "Size", align: "end", cell: ({ size_bytes }) => formatBytes(size_bytes) },
  { header: "Tokens", align: "end", cell: ({ tokens }) => (tokens === null ? "not read yet" : formatCount(tokens)) },
  { header: "Version", align: "end", cell: ({ version }) => version },
  { header: "Created", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
];

/** All corpora of the tenant. */
export function CorporaPage() {
  const corpora = useInfiniteQuery(corporaQuery);
  const [creating, { open, close }] = useDisclosure(false);
  const create = useCreateCorpus();
  const mayWrite = useMay("write");
  const button = mayWrite && (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      New corpus
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Corpora"
        description="Texts that belong together. A cartridge is trained on one corpus, and answers as if all of it stood in the prompt."
        actions={(corpora.data?.length ?? 0) > 0 && button}
      />
      <ListView
        query={corpora}
        caption="corpora"
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={
          <EmptyState
            icon={IconBooks}
            title="No corpus yet"
            action={button}
            command={"cartridges corpus create handbook\ncartridges corpus upload crp_… handbook.md"}
          >
            Make one, upload the documents that you ask about again and again, and train a cartridge on it.
          </EmptyState>
        }
      />
      <NameDialog
        opened={creating}
        onClose={close}
        title="New corpus"
        label="Name"
        placeholder="Handbook 2026"
        verb="Create"
        mutation={create}
      />
    </>
  );
}
