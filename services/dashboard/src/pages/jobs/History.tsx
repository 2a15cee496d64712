import { Box, Button, Center, Skeleton, Stack, Text } from "@mantine/core";
import { IconList } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";

import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./History.module.css";
import { formatDateTime } from "@/lib/format";
import { lineOf } from "./lines";
import { historyQuery } from "./queries";

const LINE_HEIGHT = 30;

/** What a job told, newest first: states, stages, warnings. */
export function History({ jobId }: { jobId: string }) {
  const query = useInfiniteQuery(historyQuery(jobId));
  const rows = query.data;
  const frame = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its values are used in this component alone
  const virtualizer = useVirtualizer({
    count: rows?.length ?? 0,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_HEIGHT,
    getItemKey: (index) => rows![index]!.seq,
    overscan: 12,
  });
  if (rows === undefined) {
    if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
    return (
      <Stack gap="xs" role="status" aria-busy="true" aria-label="Loading the log">
        <Skeleton h={18} />
        <Skeleton h={18} />
        <Skeleton h={18} />
      </Stack>
    );
  }
  if (rows.length === 0) {
    return (
      <EmptyState icon={IconList} title="Nothing has happened yet">
        The job waits for a worker. Its first line appears here when one takes it.
      </EmptyState>
    );
  }
  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <div ref={frame} className={styles.frame} tabIndex={0} role="log" aria-label="Log" aria-live="off">
        <Box pos="relative" h={virtualizer.getTotalSize()}>
          {virtualizer.getVirtualItems().map(({ index, start, key }) => {
            const event = rows[index]!;
            const { level, text } = lineOf(event);
            return (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                data-level={level}
                className={styles.line}
                style={{ transform: `translateY(${start}px)` }}
              >
                <time dateTime={event.created_at} className={styles.time}>
                  {formatDateTime(event.created_at)}
                </time>
                <span className={styles.level}>{level}</span>
                <Text span size="sm" className={styles.text}>
                  {text}
                </Text>
              </div>
            );
          })}
        </Box>
      </div>
      {query.hasNextPage && (
        <Center pt="xs">
          <Button size="xs" variant="subtle" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
            Show older ones
          </Button>
        </Center>
      )}
    </>
  );
}
