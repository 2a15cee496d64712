import { Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";

import { formatDateTime, formatRelative } from "@/lib/format";

const TICK_MS = 30_000;

/** "3 minutes ago", which goes on being true, with the exact time on hover. */
export function RelativeTime({ at }: { at: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Tooltip label={formatDateTime(at)}>
      <time dateTime={at} style={{ whiteSpace: "nowrap" }}>{formatRelative(at, Math.max(now, Date.parse(at)))}</time>
    </Tooltip>
  );
}
