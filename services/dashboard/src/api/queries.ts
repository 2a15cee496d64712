/** Queries that more than one page asks. What only one page asks stands in that page's folder. */
import { queryOptions } from "@tanstack/react-query";

import { api, data } from "./client";
import { listOptions } from "./lists";

const WATCHED_MS = 5_000;

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => data(api.GET("/v1/me")),
  staleTime: 60_000,
});

export const corporaQuery = listOptions(["corpora"], (cursor) =>
  data(api.GET("/v1/corpora", { params: { query: { cursor, limit: 50 } } })),
);

/** Training jobs, newest first; asked again every few seconds while one of them has not ended. */
export const jobsQuery = (corpusId?: string) => ({
  ...listOptions(["jobs", { corpusId }], (cursor) =>
    data(api.GET("/v1/training-jobs", { params: { query: { cursor, limit: 50, corpus_id: corpusId } } })),
  ),
  refetchInterval: WATCHED_MS,
});

export const cartridgesQuery = (corpusId?: string) =>
  listOptions(["cartridges", { corpusId }], (cursor) =>
    data(api.GET("/v1/cartridges", { params: { query: { cursor, limit: 50, corpus_id: corpusId } } })),
  );

export const quotasQuery = queryOptions({
  queryKey: ["quotas"],
  queryFn: async () => (await data(api.GET("/v1/quotas"))).data,
});
