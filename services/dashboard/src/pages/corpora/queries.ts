import { queryOptions } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { listOptions } from "@/api/lists";
import type { Corpus } from "@/api/types";

const CHECKING_MS = 2_000;

/** One corpus; asked again while files of it are being checked. */
export const corpusQuery = (corpusId: string) =>
  queryOptions({
    queryKey: ["corpora", corpusId],
    queryFn: () => data(api.GET("/v1/corpora/{corpus_id}", { params: { path: { corpus_id: corpusId } } })),
    refetchInterval: ({ state }) => ((state.data?.pending ?? 0) > 0 ? CHECKING_MS : false),
  });

export type DocumentFilter = "all" | "ready" | "failed" | "checking";

export const documentsQuery = (corpus: Corpus, filter: DocumentFilter, version?: number) => ({
  ...listOptions(["corpora", corpus.id, "documents", { filter, version }], (cursor) =>
    data(
      api.GET("/v1/corpora/{corpus_id}/documents", {
        params: {
          path: { corpus_id: corpus.id },
          query: { cursor, limit: 100, version, status: filter === "all" ? undefined : filter },
        },
      }),
    ),
  ),
  refetchInterval: corpus.pending > 0 ? CHECKING_MS : (false as const),
});

export const versionsQuery = (corpusId: string) =>
  listOptions(["corpora", corpusId, "versions"], (cursor) =>
    data(
      api.GET("/v1/corpora/{corpus_id}/versions", {
        params: { path: { corpus_id: corpusId }, query: { cursor, limit: 50 } },
      }),
    ),
  );
