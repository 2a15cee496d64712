import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { listOptions } from "@/api/lists";
import type { ApiKey, NewApiKey, Scope } from "@/api/types";
import { showDone } from "@/components/notify";
import { newRequestKey } from "@/lib/random";

export const keysQuery = listOptions(["keys"], (cursor) =>
  data(api.GET("/v1/keys", { params: { query: { cursor, limit: 50 } } })),
);

export interface KeyWishes {
  name: string;
  scopes: Scope[];
  expires_at: string | null;
}

/** The answer to the last two is the only place where a key's text ever stands. */
export function useCreateKey(onMade: (key: NewApiKey) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: KeyWishes) =>
      data(api.POST("/v1/keys", { body, headers: { "Idempotency-Key": newRequestKey() } })),
    meta: { ownErrors: true },
    gcTime: 0,
    onSuccess(key) {
      onMade(key);
      void queryClient.invalidateQueries({ queryKey: ["keys"] });
    },
  });
}

export function useRotateKey(onMade: (key: NewApiKey) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ key, grace }: { key: ApiKey; grace: number }) =>
      data(
        api.POST("/v1/keys/{key_id}/rotate", {
          params: { path: { key_id: key.id } },
          body: { grace_seconds: grace },
          headers: { "Idempotency-Key": newRequestKey() },
        }),
      ),
    meta: { ownErrors: true },
    gcTime: 0,
    onSuccess(key) {
      onMade(key);
      void queryClient.invalidateQueries({ queryKey: ["keys"] });
    },
  });
}

export function useRevokeKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (key: ApiKey) => data(api.POST("/v1/keys/{key_id}/revoke", { params: { path: { key_id: key.id } } })),
    onSuccess(key) {
      showDone(`The key ${key.name} is revoked.`);
      return queryClient.invalidateQueries({ queryKey: ["keys"] });
    },
  });
}
