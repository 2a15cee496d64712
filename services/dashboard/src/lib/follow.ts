/** Follows a numbered stream of events over connections that break: each event once, in order, none left out. */
import { ApiProblem } from "@/api/problems";

import { readEvents } from "./sse";

export interface NumberedEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
}

export type Connection = "connecting" | "live" | "waiting" | "ended" | "failed";

interface Options {
  /** Opens the stream after the event of this number; throws as `send` does. */
  open: (after: number, signal: AbortSignal) => Promise<Response>;
  after: number;
  signal: AbortSignal;
  onEvent: (event: NumberedEvent) => void;
  onConnection: (connection: Connection, error?: unknown) => void;
  /** Whether this event is the last there will be. */
  isLast: (event: NumberedEvent) => boolean;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** The server sends a comment every 15 seconds; after this long a silence the connection is given up. */
const SILENCE_MS = 45_000;

/** How long to wait before the attempt after `failures` that brought nothing: doubling, not all at the same moment. */
export function pauseMs(failures: number, error: unknown, random = Math.random): number {
  const asked = error instanceof ApiProblem ? error.retryAfterSeconds : null;
  const doubled = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  return Math.max((asked ?? 0) * 1000, doubled * (0.75 + random() / 2));
}

/** Resolves when the last event came, the caller aborts, or the server says that it is no use. */
export async function follow(options: Options): Promise<void> {
  const { signal, wait = sleep, random } = options;
  let last = options.after;
  let failures = 0;
  while (!signal.aborted) {
    let error: unknown;
    const connection = new AbortController();
    const abort = () => connection.abort();
    signal.addEventListener("abort", abort);
    let silence = setTimeout(abort, SILENCE_MS);
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(abort, SILENCE_MS);
    };
    try {
      options.onConnection("connecting");
      const response = await options.open(last, connection.signal);
      alive();
      options.onConnection("live");
      for await (const { id, event, data } of readEvents(response, alive)) {
        const seq = Number(id);
        if (!(seq > last)) continue; // sent twice, or without a number
        last = seq;
        failures = 0;
        const numbered = { seq, type: event, data: JSON.parse(data) as Record<string, unknown> };
        options.onEvent(numbered);
        if (options.isLast(numbered)) {
          options.onConnection("ended");
          return;
        }
      }
    } catch (caught) {
      error = caught;
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", abort);
    }
    if (signal.aborted) return;
    if (error instanceof ApiProblem && !error.passing && error.status < 500) {
      options.onConnection("failed", error);
      return;
    }
    options.onConnection("waiting", error);
    await wait(pauseMs(failures, error, random), signal);
    failures += 1;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
