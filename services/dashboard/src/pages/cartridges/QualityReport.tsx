import { Alert, SimpleGrid, Stack, Text } from "@mantine/core";

import { formatBytes, formatCount, formatPercent } from "@/lib/format";

import { Bars, GapScale, type Series } from "./Bars";
import { Figure } from "./Figure";
import type { Quality, Scores } from "./report";
import { agreementVerdict, gapVerdict, klVerdict, memoryVerdict, questionsVerdict, sampleCaution, unrelatedVerdict } from "./verdicts";

const SYSTEMS: Series[] = ["none", "cartridge", "icl"];

/** The quality report as pictures, each with what is good and what is not. */
export function QualityReport({ quality, corpusTokens }: { quality: Quality; corpusTokens: number | null }) {
  const rows = (value: (scores: Scores) => number, text: (value: number) => string) =>
    SYSTEMS.map((series) => ({ series, value: value(quality[series]), text: text(value(quality[series])) }));
  const caution = sampleCaution(quality);
  const { none, icl, cartridge } = quality;
  return (
    <Stack gap="md">
      {(caution !== null || quality.icl_truncated) && (
        <Alert color="amber">
          {caution}
          {quality.icl_truncated && " The model's window holds only a beginning of the text, so ICL is measured with that much of it."}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Figure
          title="Gap closed"
          value={quality.gap_closed === null ? "–" : formatPercent(quality.gap_closed)}
          what="Of what the whole text in the prompt improves on held-out conversations, the share that the cartridge improves too. Log-perplexity, lower is better."
          verdict={gapVerdict(quality)}
        >
          <GapScale
            none={none.conversations.log_perplexity}
            icl={icl.conversations.log_perplexity}
            cartridge={cartridge.conversations.log_perplexity}
          />
        </Figure>
        <Figure
          title="Memory"
          value={`${quality.kv_ratio.toFixed(1)}×`}
          what={`Less KV cache than the text in the prompt${corpusTokens === null ? "" : ` of ${formatCount(corpusTokens)} tokens`}, in each conversation.`}
          verdict={memoryVerdict(quality)}
        >
          <Bars
            label="KV cache"
            rows={rows(({ kv_bytes }) => kv_bytes, formatBytes).filter(({ series }) => series !== "none")}
          />
        </Figure>
        <Figure
          title="Distance to the teacher"
          what="KL divergence from the model that has the passage at hand, in nats a token: lower is better."
          verdict={klVerdict(quality)}
        >
          <Bars label="KL to the teacher" rows={rows(({ conversations }) => conversations.kl_to_teacher, (kl) => kl.toFixed(3))} />
        </Figure>
        <Figure
          title="Same next word"
          what="How often the likeliest next word is the one that the teacher would say."
          verdict={agreementVerdict(quality)}
        >
          <Bars
            label="Agreement with the teacher"
            whole={1}
            rows={rows(({ conversations }) => conversations.top1_agreement, (share) => formatPercent(share, 1))}
          />
        </Figure>
        <Figure
          title="Known answers"
          what={quality.questions === 0 ? "Questions with a right option among several." : `${quality.questions} ${quality.questions === 1 ? "question" : "questions"} with a right option among several: the probability it gets.`}
          verdict={questionsVerdict(quality)}
        >
          {cartridge.questions?.option_probability != null && (
            <Bars
              label="Probability of the right option"
              whole={1}
              rows={rows(({ questions }) => questions?.option_probability ?? 0, (share) => formatPercent(share, 1))}
            />
          )}
        </Figure>
        <Figure
          title="Off topic"
          what="What it does to questions that have nothing to do with its text."
          verdict={unrelatedVerdict(quality.unrelated)}
        />
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        Measured on {formatCount(quality.held_out_conversations)} conversations that training never saw. “No context” is the model
        alone, “ICL” the model with the whole text in its prompt.
      </Text>
    </Stack>
  );
}
