import { useQuery } from "@tanstack/react-query";

import { meQuery } from "@/api/queries";
import type { Scope } from "@/api/types";

/** Whether the caller may do what asks for `scope`; true until the answer is there, so that nothing flickers. */
export function useMay(scope: Scope): boolean {
  const { data } = useQuery(meQuery);
  return data?.scopes.includes(scope) ?? true;
}

/** Whether the caller is known to hold `scope`; false until then: for requests that would only be refused. */
export function useHolds(scope: Scope): boolean {
  const { data } = useQuery(meQuery);
  return data?.scopes.includes(scope) ?? false;
}
