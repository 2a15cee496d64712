import { Loader, Paper, Text } from "@mantine/core";

import { explain } from "@/api/problems";
import type { ChatUsage } from "@/api/types";
import { formatBytes, formatCount, formatDuration, formatPercent } from "@/lib/format";

import styles from "./Playground.module.css";
import type { System } from "./request";
import { SelectionNote } from "./SelectionNote";
import type { Answer } from "./useConversations";

const TITLES: Record<System, string> = { cartridge: "Cartridge", none: "No context", icl: "ICL" };

/** One answer with what it cost. */
export function AnswerCard({ system, answer, names }: { system: System; answer: Answer; names: ReadonlyMap<string, string> }) {
  const { text, state, usage, selection, finish, error } = answer;
  const problem = state === "failed" ? explain(error) : null;
  const share = usage?.in_context_share;
  return (
    <Paper component="article" className={styles.answer} data-system={system} aria-busy={state === "asking" || state === "answering"}>
      <Text size="sm" fw={600} className={styles.system}>
        {TITLES[system]}
        {share != null && share < 0.995 && (
          <Text span size="xs" c="dimmed" fw={400}>
            {" "}
            first {formatPercent(share)} of the text
          </Text>
        )}
      </Text>
      {selection !== null && <SelectionNote selection={selection} names={names} />}
      <div className={styles.text}>
        {text}
        {state === "asking" && <Loader size="xs" aria-label="Waiting for the first word" />}
        {state === "answering" && <span className={styles.caret} aria-hidden />}
      </div>
      {problem !== null && (
        <Text size="sm" c="rose" role="alert">
          {problem.title}: {problem.detail} {problem.advice}
        </Text>
      )}
      {state === "stopped" && (
        <Text size="sm" c="dimmed">
          Stopped.
        </Text>
      )}
      {finish === "length" && (
        <Text size="xs" c="dimmed">
          Cut at the longest answer.
        </Text>
      )}
      {usage != null && (
        <dl className={styles.cost}>
          <Cost name="First token" value={formatDuration(usage.seconds_to_first_token)} title="On the server, from the request to the first token" />
          <Cost name="KV cache" value={formatBytes(usage.kv_bytes)} title="What the request held at its end" />
          <Cost
            name="Tokens"
            value={`${formatCount(usage.prompt_tokens)} + ${formatCount(usage.completion_tokens)}`}
            title={tokensTitle(usage)}
          />
        </dl>
      )}
    </Paper>
  );
}

function tokensTitle(usage: ChatUsage): string {
  const { prompt_tokens: prompt, completion_tokens: completion, selection_tokens: choice } = usage;
  const cached = usage.prompt_tokens_details.cached_tokens;
  const parts = `${formatCount(prompt)} before the answer, ${formatCount(cached)} of them from cartridges, and ${formatCount(completion)} in it`;
  return choice > 0 ? `${parts}; ${formatCount(choice)} more were read to choose among the cartridges` : parts;
}

function Cost({ name, value, title }: { name: string; value: string; title: string }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd className="tabular">{value}</dd>
    </div>
  );
}
