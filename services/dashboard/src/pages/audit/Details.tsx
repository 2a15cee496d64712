import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { shortId } from "@/lib/format";

import { detailsOf, pageOf } from "./actions";

/** An id as short as tells it from others, which leads to its page where it has one; the whole of it on hovering. */
export function Reference({ id }: { id: string }) {
  const page = pageOf(id);
  return page === null ? (
    <Text span size="xs" ff="monospace" title={id}>
      {shortId(id)}
    </Text>
  ) : (
    <Anchor component={Link} to={page} size="xs" ff="monospace" title={id}>
      {shortId(id)}
    </Anchor>
  );
}

/** What an entry says besides: "name: Handbook · corpus: crp_…7r78pj". */
export function Details({ details }: { details: Record<string, unknown> }) {
  return (
    <Text size="xs" c="dimmed" fw={400} style={{ overflowWrap: "anywhere" }} maw={420}>
      {detailsOf(details).map(({ name, text, whole, isId }, index) => (
        <span key={name} title={whole === text ? undefined : whole}>
          {index > 0 && " · "}
          {name}: {isId ? <Reference id={whole} /> : text}
        </span>
      ))}
    </Text>
  );
}
