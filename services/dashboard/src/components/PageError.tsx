import type { ErrorComponentProps } from "@tanstack/react-router";

import { ErrorNotice } from "./ErrorNotice";

/** A page that could not be shown. */
export function PageError({ error }: ErrorComponentProps) {
  return <ErrorNotice error={error} retry={() => window.location.reload()} />;
}
