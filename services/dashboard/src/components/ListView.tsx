import { Button, Center, Paper, Skeleton, Stack } from "@mantine/core";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { DataTable, type Column } from "./DataTable";
import { ErrorNotice } from "./ErrorNotice";

interface Props<T> {
  query: UseInfiniteQueryResult<T[]>;
  caption: string;
  columns: Column<T>[];
  rowKey: (row: T) => string;
  /** Shown when there is not one row. */
  empty: ReactNode;
  /** Without a card around it: inside a `Panel`. */
  bare?: boolean;
}

/** A list of the API from its first page on: skeleton, error, empty state, rows, and the way to older ones. */
export function ListView<T>({ query, caption, columns, rowKey, empty, bare = false }: Props<T>) {
  const rows = query.data;
  if (rows === undefined) {
    if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
    return (
      <Stack gap="sm" p={bare ? "md" : 0} aria-busy="true" aria-label={`Loading ${caption}`} role="status">
        {Array.from({ length: 4 }, (_, index) => (
          <Skeleton key={index} h={bare ? 20 : 44} />
        ))}
      </Stack>
    );
  }
  if (rows.length === 0) return empty;
  const table = <DataTable caption={caption} columns={columns} rows={rows} rowKey={rowKey} />;
  return (
    <>
      {query.isError && <ErrorNotice error={query.error} retry={() => void query.refetch()} />}
      {bare ? table : <Paper style={{ overflow: "hidden" }}>{table}</Paper>}
      {query.hasNextPage && (
        <Center p="md">
          <Button variant="default" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
            Show older ones
          </Button>
        </Center>
      )}
    </>
  );
}
