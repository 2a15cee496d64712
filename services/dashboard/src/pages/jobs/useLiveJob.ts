import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { send } from "@/api/client";
import type { TrainingJob } from "@/api/types";
import { follow } from "@/lib/follow";

import { LiveJob, type Live, type Progress } from "./live";
import { ENDED, jobQuery, lossQuery } from "./queries";

/** How long to gather changes before lists are asked anew. */
const GATHER_MS = 700;

function progressOf(job: TrainingJob): Progress | null {
  return (job.progress as { current?: Progress | null }).current ?? null;
}

/** A job with what its events tell while the page is open; where it has ended, what it told. */
export function useLiveJob(jobId: string): { live: Live; job: TrainingJob | undefined; error: unknown; retry: () => void } {
  const client = useQueryClient();
  const job = useQuery(jobQuery(jobId));
  const [liveJob] = useState(() => new LiveJob());
  const ended = job.data === undefined ? undefined : ENDED.includes(job.data.state);

  // Everything that happened up to `last_event` is read page by page; everything after it is followed.
  useEffect(() => {
    if (ended === undefined) return;
    const controller = new AbortController();
    void (async () => {
      try {
        const now = await client.fetchQuery({ ...jobQuery(jobId), staleTime: 0 });
        const curve = await client.fetchQuery({ ...lossQuery(jobId), staleTime: 0 });
        if (controller.signal.aborted) return;
        liveJob.start(curve, progressOf(now));
        if (ENDED.includes(now.state)) {
          liveJob.connected("ended");
          return;
        }
        await follow({
          open: (after, signal) =>
            send(`/v1/training-jobs/${jobId}/events`, {
              signal,
              cache: "no-store",
              headers: { Accept: "text/event-stream", "Last-Event-ID": String(after) },
            }),
          after: now.last_event,
          signal: controller.signal,
          onEvent: (event) => liveJob.take(event),
          onConnection: (connection) => liveJob.connected(connection),
          isLast: ({ type, data }) => type === "state" && ENDED.includes(String(data.state)),
        });
      } catch {
        // The queries above show their errors themselves.
        liveJob.connected("failed");
      }
    })();
    return () => {
      controller.abort();
      liveJob.close();
    };
  }, [client, jobId, ended, liveJob]);

  const live = useSyncExternalStore(liveJob.subscribe, liveJob.snapshot);
  useAskedAnew(jobId, live);
  return { live, job: job.data, error: job.error, retry: () => void job.refetch() };
}

/** Asks anew for what the events say has changed, once for many of them. */
function useAskedAnew(jobId: string, { changes, connection }: Live): void {
  const client = useQueryClient();
  const { state, stage, conversation, log, baselines } = changes;
  const ask = (...parts: string[]) => void client.invalidateQueries({ queryKey: ["job", jobId, ...parts] });
  const later = (what: () => void) => {
    const timer = setTimeout(what, GATHER_MS);
    return () => clearTimeout(timer);
  };
  useEffect(() => {
    if (state > 0) void client.invalidateQueries({ queryKey: ["job", jobId], exact: true });
  }, [client, jobId, state, connection]);
  useEffect(() => (stage + state > 0 ? later(() => ask("stages")) : undefined), [stage, state]); // eslint-disable-line react-hooks/exhaustive-deps -- `later` and `ask` mean the same in each render
  useEffect(() => (conversation > 0 ? later(() => ask("conversations")) : undefined), [conversation]); // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => (log + stage + state + baselines > 0 ? later(() => ask("history")) : undefined), [log, stage, state, baselines]); // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => (baselines + state > 0 ? later(() => ask("loss")) : undefined), [baselines, state]); // eslint-disable-line react-hooks/exhaustive-deps
}
