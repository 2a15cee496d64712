import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, data } from "@/api/client";

import { dayBefore } from "./series";

/** Use by day and kind of the last `days` days, today among them. */
export const usageQuery = (days: number) =>
  queryOptions({
    queryKey: ["usage", days],
    queryFn: () =>
      data(api.GET("/v1/usage", { params: { query: { first_day: dayBefore(days - 1), last_day: dayBefore(0) } } })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
