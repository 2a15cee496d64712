import { Group, Progress, Skeleton, Stack, Text } from "@mantine/core";

import type { Quota } from "@/api/types";
import { formatPercent } from "@/lib/format";

import { isNear, shareOf, wordsOf } from "./quotas";

/** What the tenant may use, and how much of it is in use. */
export function QuotaBars({ quotas }: { quotas: Quota[] | undefined }) {
  if (quotas === undefined) return <Skeleton h={240} />;
  return (
    <Stack gap="md" mt="xs">
      {quotas.map((quota) => (
        <QuotaBar key={quota.name} quota={quota} />
      ))}
    </Stack>
  );
}

function QuotaBar({ quota }: { quota: Quota }) {
  const { label, hint, format } = wordsOf(quota);
  const share = shareOf(quota);
  return (
    <div>
      <Group justify="space-between" gap="xs" align="baseline">
        <Text>
          {label}{" "}
          <Text span size="xs" c="dimmed">
            {hint}
          </Text>
        </Text>
        <Text size="sm" className="tabular">
          {quota.used === null ? `up to ${format(quota.limit)}` : `${format(quota.used)} of ${format(quota.limit)}`}
          {share !== null && (
            <Text span c={isNear(quota) ? undefined : "dimmed"} fw={isNear(quota) ? 600 : 400}>
              {" "}
              · {formatPercent(share)}
            </Text>
          )}
        </Text>
      </Group>
      {share !== null && (
        <Progress
          mt={6}
          size="sm"
          value={Math.min(100, share * 100)}
          color={share >= 1 ? "rose" : isNear(quota) ? "amber" : "lagoon"}
          aria-label={`${label}: ${formatPercent(share)} in use`}
        />
      )}
    </div>
  );
}
