/** Lists with cursors, as the API gives them. */
import { infiniteQueryOptions, type QueryKey } from "@tanstack/react-query";

export interface Page<T> {
  data: T[];
  has_more: boolean;
  next_cursor?: string | null;
}

/** Options of an infinite query over a list; `select` gives its rows as one array. */
export function listOptions<T>(queryKey: QueryKey, page: (cursor: string | undefined) => Promise<Page<T>>) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam }: { pageParam: string | undefined }) => page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    select: ({ pages }) => pages.flatMap((each) => each.data),
  });
}
