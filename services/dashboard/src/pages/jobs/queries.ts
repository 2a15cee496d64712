/** What the pages of training jobs ask the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { listOptions } from "@/api/lists";
import type { Recipe } from "@/api/types";

export const ENDED: readonly string[] = ["succeeded", "failed", "cancelled"];
const CURVE_POINTS = 500;

const path = (jobId: string) => ({ path: { job_id: jobId } });

export const jobQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["job", jobId],
    queryFn: () => data(api.GET("/v1/training-jobs/{job_id}", { params: path(jobId) })),
  });

export const stagesQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["job", jobId, "stages"],
    queryFn: async () => (await data(api.GET("/v1/training-jobs/{job_id}/stages", { params: path(jobId) }))).data,
  });

export const lossQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["job", jobId, "loss"],
    queryFn: () =>
      data(api.GET("/v1/training-jobs/{job_id}/loss", { params: { ...path(jobId), query: { points: CURVE_POINTS } } })),
  });

/** What a job on a corpus would take, by its recipe as JSON. */
export const estimateQuery = (corpusId: string, recipe: string) =>
  queryOptions({
    queryKey: ["estimate", corpusId, recipe],
    queryFn: () =>
      data(
        api.POST("/v1/training-jobs/estimate", {
          body: { corpus_id: corpusId, priority: "normal", recipe: JSON.parse(recipe) as Recipe },
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });

export interface ConversationFilter {
  search: string;
  kind: string | null;
}

export const conversationsQuery = (jobId: string, { search, kind }: ConversationFilter) => ({
  ...listOptions(["job", jobId, "conversations", { search, kind }], (cursor) =>
    data(
      api.GET("/v1/training-jobs/{job_id}/conversations", {
        params: { ...path(jobId), query: { cursor, limit: 50, search: search || undefined, kind: kind ?? undefined } },
      }),
    ),
  ),
  placeholderData: keepPreviousData,
});

export const historyQuery = (jobId: string) =>
  listOptions(["job", jobId, "history"], (cursor) =>
    data(
      api.GET("/v1/training-jobs/{job_id}/history", {
        params: { ...path(jobId), query: { cursor, limit: 100, type: ["state", "stage", "log", "baselines"] } },
      }),
    ),
  );
