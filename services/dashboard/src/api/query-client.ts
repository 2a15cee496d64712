import { MutationCache, QueryClient } from "@tanstack/react-query";

import { ApiProblem } from "./problems";
import { showError } from "@/components/notify";

const RETRIES = 3;

/** Whether to ask again: an error that passes by itself, or no answer at all. */
export function shouldRetry(failures: number, error: unknown): boolean {
  if (failures >= RETRIES) return false;
  return !(error instanceof ApiProblem) || error.passing;
}

export function retryDelay(failures: number, error: unknown): number {
  const asked = error instanceof ApiProblem ? error.retryAfterSeconds : null;
  return Math.min((asked ?? 2 ** failures) * 1000, 15_000);
}

declare module "@tanstack/react-query" {
  interface Register {
    mutationMeta: {
      /** The form shows the error itself. */
      ownErrors?: boolean;
    };
  }
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: shouldRetry, retryDelay, staleTime: 10_000 } },
    mutationCache: new MutationCache({
      onError(error, _variables, _result, mutation) {
        if (!mutation.meta?.ownErrors) showError(error);
      },
    }),
  });
}
