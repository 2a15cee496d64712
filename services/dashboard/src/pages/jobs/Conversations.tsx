import { Badge, Box, Button, Center, Group, Loader, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconMessageQuestion, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";

import type { Conversation } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatCount } from "@/lib/format";

import styles from "./Conversations.module.css";
import { Marked } from "./Marked";
import { conversationsQuery } from "./queries";

const KINDS = [
  { value: "structuring", label: "Structuring" },
  { value: "summarization", label: "Summary" },
  { value: "question", label: "Question" },
  { value: "use_case", label: "Use case" },
  { value: "creative", label: "Creative" },
  { value: "generic", label: "Ready-made request" },
  { value: "span_question", label: "Question about a span" },
  { value: "recitation", label: "Recitation" },
  { value: "general", label: "Not about the text" },
  { value: "correction", label: "Correction" },
];
const LABELS = new Map(KINDS.map(({ value, label }) => [value, label]));
const GUESSED_HEIGHT = 150;

/** What self-study wrote, newest first: found by its words, each with the chunk of the corpus that it is about. */
export function Conversations({ jobId, running }: { jobId: string; running: boolean }) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 300);
  const [kind, setKind] = useState<string | null>(null);
  const query = useInfiniteQuery(conversationsQuery(jobId, { search, kind }));
  const rows = query.data ?? [];
  const filtered = search !== "" || kind !== null;
  return (
    <>
      <Group mb="sm" gap="xs">
        <TextInput
          flex={1}
          miw={180}
          leftSection={<IconSearch size={16} aria-hidden />}
          placeholder="Search questions and answers"
          aria-label="Search questions and answers"
          value={typed}
          maxLength={200}
          onChange={(event) => setTyped(event.currentTarget.value)}
          rightSection={query.isFetching && !query.isFetchingNextPage ? <Loader size="xs" /> : null}
        />
        <Select
          data={KINDS}
          value={kind}
          onChange={setKind}
          placeholder="All kinds"
          aria-label="Kind of conversation"
          clearable
          w={190}
        />
      </Group>
      {query.isError && <ErrorNotice error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <EmptyState icon={IconMessageQuestion} title={filtered ? "Nothing found" : "No conversations yet"}>
          {filtered
            ? "No question or answer holds these words as they stand. Try fewer of them, or another kind."
            : running
              ? "Self-study writes them in shards; those of the first one appear here when it is whole."
              : "This job ended before self-study had written any."}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <VirtualList
          rows={rows}
          search={search}
          hasMore={query.hasNextPage}
          loading={query.isFetchingNextPage}
          loadMore={() => void query.fetchNextPage()}
        />
      )}
    </>
  );
}

interface ListProps {
  rows: Conversation[];
  search: string;
  hasMore: boolean;
  loading: boolean;
  loadMore: () => void;
}

function VirtualList({ rows, search, hasMore, loading, loadMore }: ListProps) {
  const frame = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its values are used in this component alone
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => GUESSED_HEIGHT,
    getItemKey: (index) => rows[index]!.id,
    overscan: 4,
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loading && lastShown >= rows.length - 5) loadMore();
  }, [hasMore, loading, lastShown, rows.length, loadMore]);
  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <div ref={frame} className={styles.frame} tabIndex={0} role="region" aria-label="Conversations">
        <Box pos="relative" h={virtualizer.getTotalSize()}>
          {items.map(({ index, start, key }) => (
            <div
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              className={styles.row}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Exchange conversation={rows[index]!} search={search} />
            </div>
          ))}
        </Box>
      </div>
      {hasMore && (
        <Center pt="xs">
          <Button size="xs" variant="subtle" onClick={loadMore} loading={loading}>
            Show older ones
          </Button>
        </Center>
      )}
    </>
  );
}

function Exchange({ conversation, search }: { conversation: Conversation; search: string }) {
  const { kind, stream, question, answer, chunk } = conversation;
  return (
    <article className={styles.exchange}>
      <Group gap={6} mb={6}>
        <Badge size="sm" color="gray">
          {LABELS.get(kind) ?? kind}
        </Badge>
        {stream === "held_out" && (
          <Badge size="sm" color="iris" title="Never trained on; quality is measured with it">
            Held out
          </Badge>
        )}
      </Group>
      <p className={styles.question}>
        <Marked text={question} words={search} />
      </p>
      <p className={styles.answer}>
        <Marked text={answer} words={search} />
      </p>
      {chunk != null && (
        <details className={styles.chunk}>
          <summary>
            From {chunk.document}, character {formatCount(chunk.position)}
          </summary>
          <p>{chunk.text}</p>
        </details>
      )}
      {chunk == null && (
        <Text size="xs" c="dimmed">
          About nothing in the text
        </Text>
      )}
    </article>
  );
}
