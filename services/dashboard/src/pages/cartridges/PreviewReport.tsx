import { Alert, Stack, Text } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";

import { formatCount, formatPercent } from "@/lib/format";

import { Bars, type Series } from "./Bars";
import { Figure } from "./Figure";
import type { PreviewReport as Report } from "./report";
import { previewVerdict } from "./verdicts";

const SYSTEMS: { series: Series; name: "none" | "preview" | "in_view"; label?: string }[] = [
  { series: "none", name: "none" },
  { series: "cartridge", name: "preview", label: "This preview" },
  { series: "icl", name: "in_view", label: "The passage in view" },
];

/** What a preview is, how far to trust it, and how a client comes by the trained cartridge without a change. */
export function PreviewReport({ report, corpusModel }: { report: Report; corpusModel: string }) {
  const { quality, note } = report;
  return (
    <Stack gap="md">
      <Alert color="amber" icon={<IconBolt size={18} aria-hidden />} title="This is a preview">
        <Text size="md">{note}</Text>
        <Text size="md" mt="xs">
          Ask for <Text span ff="monospace">{corpusModel}</Text> in requests: it means this preview now, and the trained cartridge as soon
          as there is one.
        </Text>
      </Alert>
      {quality !== null && (
        <Figure
          title="Known facts"
          what={`${formatCount(quality.questions)} questions about names and numbers, read off the text and kept from the preview: the probability of the right one of four options.`}
          verdict={previewVerdict(quality)}
        >
          <Bars
            label="Probability of the right option"
            whole={1}
            rows={SYSTEMS.map(({ series, name, label }) => ({
              series,
              label,
              value: quality[name].option_probability,
              text: formatPercent(quality[name].option_probability, 1),
            }))}
          />
        </Figure>
      )}
    </Stack>
  );
}
