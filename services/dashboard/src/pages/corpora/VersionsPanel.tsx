import { Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import type { Corpus, CorpusVersion } from "@/api/types";
import type { Column } from "@/components/DataTable";
import { ListView } from "@/components/ListView";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";
import { formatBytes, formatCount } from "@/lib/format";

import { versionsQuery } from "./queries";

const COLUMNS: Column<CorpusVersion>[] = [
  { header: "Version", cell: ({ number }) => number },
  { header: "Documents", align: "end", cell: ({ documents }) => formatCount(documents) },
  { header: "Size", align: "end", cell: ({ size_bytes }) => formatBytes(size_bytes) },
  { header: "Since", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
];

/** What the corpus held after each change. */
export function VersionsPanel({ corpus }: { corpus: Corpus }) {
  const versions = useInfiniteQuery(versionsQuery(corpus.id));
  return (
    <Panel title="Versions" description="Every change of the texts makes one; jobs and cartridges name the one they learned." flush>
      <ListView
        bare
        query={versions}
        caption="versions"
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={
          <Text c="dimmed" p="md">
            The first document makes the first version.
          </Text>
        }
      />
    </Panel>
  );
}
