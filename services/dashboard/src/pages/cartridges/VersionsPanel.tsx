import { Anchor, Text } from "@mantine/core";
import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { cartridgesQuery } from "@/api/queries";
import { DataTable } from "@/components/DataTable";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";
import { formatBytes, formatCount, formatPercent } from "@/lib/format";
import { isChanged, SETTING_GROUPS, shown, valueAt } from "@/pages/jobs/recipe";

import { cartridgeQuery } from "./queries";
import { reportOf, type Report } from "./report";

/** So many of a corpus's cartridges are compared, the newest of them. */
const MOST_COMPARED = 8;

/** The settings in which two recipes differ, in words. */
export function differences(one: Report["recipe"], other: Report["recipe"]): string[] {
  return SETTING_GROUPS.flatMap(({ settings }) => settings).flatMap((setting) => {
    const [ours, theirs] = [one, other].map((recipe) => valueAt(recipe, setting.path) ?? setting.default);
    return isChanged({ ...setting, default: theirs }, ours ?? null) ? [`${setting.label} ${shown(ours)} instead of ${shown(theirs)}`] : [];
  });
}

/** All cartridges of one corpus beside each other. */
export function VersionsPanel({ corpusId, cartridgeId }: { corpusId: string; cartridgeId: string }) {
  const list = useInfiniteQuery(cartridgesQuery(corpusId));
  const rows = (list.data ?? []).slice(0, MOST_COMPARED);
  const details = useQueries({ queries: rows.map(({ id }) => cartridgeQuery(id)) });
  const reports = new Map(rows.map(({ id }, index) => [id, details[index]?.data && reportOf(details[index].data.report)]));
  const mine = reports.get(cartridgeId);
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />;
  const figure = (id: string, value: (report: Report) => string | undefined) => {
    const report = reports.get(id);
    return report ? (value(report) ?? "–") : "…";
  };
  return (
    <Panel
      title="Versions"
      description={rows.length > 1 ? "The cartridges of this corpus beside each other, newest first." : undefined}
      flush={rows.length > 1}
    >
      {rows.length <= 1 ? (
        <Text>This is the only cartridge of its corpus. Train another, with other settings or more text, and they are compared here.</Text>
      ) : (
        <DataTable
          caption="Cartridges of this corpus"
          rows={rows}
          rowKey={({ id }) => id}
          columns={[
            {
              header: "Cartridge",
              cell: ({ id, name }) =>
                id === cartridgeId ? (
                  <Text span fw={650}>
                    {name} (this one)
                  </Text>
                ) : (
                  <Anchor component={Link} to={`/cartridges/${id}`} inherit>
                    {name}
                  </Anchor>
                ),
            },
            { header: "State", cell: ({ kind, status }) => <StatusBadge status={kind === "preview" ? kind : status} /> },
            {
              header: "Gap closed",
              align: "end",
              cell: ({ id }) => figure(id, ({ quality }) => (quality?.gap_closed == null ? undefined : formatPercent(quality.gap_closed))),
            },
            {
              header: "KL",
              align: "end",
              cell: ({ id }) => figure(id, ({ quality }) => quality?.cartridge.conversations.kl_to_teacher.toFixed(3)),
            },
            {
              header: "KV cache",
              align: "end",
              cell: ({ id }) => figure(id, ({ quality }) => (quality === null ? undefined : formatBytes(quality.cartridge.kv_bytes))),
            },
            { header: "Tokens", align: "end", cell: ({ tokens }) => formatCount(tokens) },
            {
              header: "What differs",
              cell: ({ id }) => {
                const report = reports.get(id);
                if (id === cartridgeId || !report || !mine) return "";
                if ((report.preview === null) !== (mine.preview === null)) return report.preview === null ? "trained" : "not trained";
                const found = differences(report.recipe, mine.recipe);
                return (
                  <Text span size="sm" c="dimmed">
                    {found.length === 0 ? "the same recipe" : found.slice(0, 3).join("; ")}
                    {found.length > 3 && ` and ${found.length - 3} more`}
                  </Text>
                );
              },
            },
            { header: "Made", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
          ]}
        />
      )}
    </Panel>
  );
}
