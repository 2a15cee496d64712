/** What the pages of cartridges ask the API. */
import { queryOptions } from "@tanstack/react-query";

import { api, data } from "@/api/client";

const WATCHED_MS = 10_000;

export const cartridgeQuery = (cartridgeId: string) =>
  queryOptions({
    queryKey: ["cartridge", cartridgeId],
    queryFn: () => data(api.GET("/v1/cartridges/{cartridge_id}", { params: { path: { cartridge_id: cartridgeId } } })),
  });

/** Where the cartridge is at hand, looked at again and again: it moves with what is asked. */
export const residencyQuery = (cartridgeId: string) =>
  queryOptions({
    queryKey: ["cartridge", cartridgeId, "residency"],
    queryFn: () =>
      data(api.GET("/v1/cartridges/{cartridge_id}/residency", { params: { path: { cartridge_id: cartridgeId } } })),
    refetchInterval: WATCHED_MS,
  });
