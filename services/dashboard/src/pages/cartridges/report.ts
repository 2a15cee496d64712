/** A cartridge's quality report, read with care: cartridges of earlier releases have reports of earlier forms. */

export interface Scores {
  kv_tokens: number;
  kv_bytes: number;
  conversations: { log_perplexity: number; top1_agreement: number; kl_to_teacher: number };
  questions: { log_perplexity: number; option_probability: number | null; option_accuracy: number | null } | null;
}

export interface Unrelated {
  requests: number;
  /** KL(the model alone || with the cartridge), nats a token. */
  kl: number;
}

export interface Quality {
  held_out_conversations: number;
  questions: number;
  icl_truncated: boolean;
  none: Scores;
  icl: Scores;
  cartridge: Scores;
  gap_closed: number | null;
  gap_closed_uncut: number | null;
  gap_closed_questions: number | null;
  kv_ratio: number;
  unrelated?: Unrelated | null;
}

export interface PreviewScores {
  log_perplexity: number;
  option_probability: number;
  option_accuracy: number;
}

export interface PreviewQuality {
  questions: number;
  none: PreviewScores;
  in_view: PreviewScores;
  preview: PreviewScores;
  gap_closed: number | null;
  gap_closed_options: number | null;
}

/** Of a cartridge that was compacted from the text without training. */
export interface PreviewReport {
  note: string;
  quality: PreviewQuality | null;
}

export interface Report {
  quality: Quality | null;
  preview: PreviewReport | null;
  seconds: Record<string, number>;
  tokens_per_second: Record<string, number>;
  corpus_tokens: number | null;
  recipe: Record<string, unknown>;
}

export function reportOf(raw: Record<string, unknown>): Report {
  const quality = raw.quality as Quality | undefined;
  return {
    quality: quality?.cartridge?.conversations === undefined ? null : quality,
    preview: raw.kind === "preview" ? previewOf(raw) : null,
    seconds: (raw.seconds as Record<string, number> | undefined) ?? {},
    tokens_per_second: (raw.tokens_per_second as Record<string, number> | undefined) ?? {},
    corpus_tokens: (raw.corpus_tokens as number | undefined) ?? null,
    recipe: (raw.recipe as Record<string, unknown> | undefined) ?? {},
  };
}

function previewOf(raw: Record<string, unknown>): PreviewReport {
  const quality = raw.quality as PreviewQuality | null | undefined;
  return { note: (raw.note as string | undefined) ?? "", quality: quality?.preview === undefined ? null : quality };
}
