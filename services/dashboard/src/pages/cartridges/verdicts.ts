/** What a figure of the report means, in plain words: what is good, what is not, what to do. */
import { formatPercent } from "@/lib/format";

import type { PreviewQuality, Quality, Unrelated } from "./report";

export type Grade = "good" | "fair" | "poor" | "unknown";

export interface Verdict {
  grade: Grade;
  word: string;
  sentence: string;
}

const SOUND_SAMPLE = 20;

/** Figures of few conversations vary from one run to the next. */
export function sampleCaution({ held_out_conversations: count }: Quality): string | null {
  return count < SOUND_SAMPLE ? `Measured on ${count} conversations only: take it as a hint.` : null;
}

export function gapVerdict(quality: Quality): Verdict {
  const share = quality.gap_closed;
  if (share === null) {
    return {
      grade: "unknown",
      word: "No gap",
      sentence: "The whole text in the prompt did not help the model here, so there is no gap to close and nothing to judge by.",
    };
  }
  const told = `It gains ${formatPercent(share)} of what having the whole text in the prompt gains.`;
  if (share >= 0.8) return { grade: "good", word: "Good", sentence: `${told} It can stand for the text.` };
  if (share >= 0.5) {
    return { grade: "fair", word: "Fair", sentence: `${told} More conversations, steps or tokens usually bring it closer.` };
  }
  return { grade: "poor", word: "Weak", sentence: `${told} It has learned little: train it again with more conversations and steps.` };
}

export function klVerdict({ none, cartridge }: Quality): Verdict {
  const ours = cartridge.conversations.kl_to_teacher;
  const without = none.conversations.kl_to_teacher;
  const told = `Its next words differ from the model's with the text at hand by ${ours.toFixed(2)} nats a token; 0 would be no difference.`;
  if (without <= 0) return { grade: "unknown", word: "Not known", sentence: told };
  const left = ours / without;
  if (left <= 0.4) return { grade: "good", word: "Close", sentence: `${told} That is ${formatPercent(left)} of what is missing without it.` };
  if (left <= 0.8) return { grade: "fair", word: "Nearer", sentence: `${told} Without it, ${without.toFixed(2)}.` };
  return { grade: "poor", word: "Far", sentence: `${told} Without it, ${without.toFixed(2)}: hardly more.` };
}

export function agreementVerdict({ none, icl, cartridge }: Quality): Verdict {
  const of = ({ conversations }: Quality["none"]) => conversations.top1_agreement;
  const [without, best, ours] = [of(none), of(icl), of(cartridge)];
  const sentence = `${formatPercent(ours)} of the time; with nothing ${formatPercent(without)}, with the text ${formatPercent(best)}.`;
  // With little between nothing and the text, being near the text says nothing.
  if (ours <= without) return { grade: "poor", word: "No better", sentence };
  if (ours >= best - (best - without) / 4) return { grade: "good", word: "Close", sentence };
  return { grade: "fair", word: "Between", sentence };
}

export function memoryVerdict({ kv_ratio: ratio }: Quality): Verdict {
  if (ratio >= 2) {
    return { grade: "good", word: `${ratio.toFixed(1)}× less`, sentence: "That many times more conversations about this text fit into the same memory." };
  }
  if (ratio >= 1) return { grade: "fair", word: `${ratio.toFixed(1)}× less`, sentence: "Little is saved: the text is short beside the cartridge. Fewer cartridge tokens would save more." };
  return { grade: "poor", word: "More", sentence: "It takes more memory than the text itself. Use fewer cartridge tokens." };
}

export function unrelatedVerdict(unrelated: Unrelated | null | undefined): Verdict {
  if (unrelated == null) {
    return {
      grade: "unknown",
      word: "Not measured",
      sentence: "This report does not say what the cartridge does to questions that have nothing to do with its text. Try some in the playground, beside no context.",
    };
  }
  const told = `On ${unrelated.requests} requests that have nothing to do with the text, its words differ from the model's own by ${unrelated.kl.toFixed(2)} nats a token.`;
  if (unrelated.kl < 0.1) return { grade: "good", word: "Left alone", sentence: `${told} It does not get in the way.` };
  if (unrelated.kl < 0.5) return { grade: "fair", word: "Somewhat", sentence: `${told} Name it only in requests that are about its text.` };
  return { grade: "poor", word: "Disturbed", sentence: `${told} Name it only in requests that are about its text; a recipe with general answers helps.` };
}

export function questionsVerdict({ none, icl, cartridge }: Quality): Verdict {
  const of = (scores: Quality["none"]) => scores.questions?.option_probability ?? null;
  const [without, best, ours] = [of(none), of(icl), of(cartridge)];
  if (without === null || best === null || ours === null) {
    return { grade: "unknown", word: "No questions", sentence: "The recipe had no questions with known answers. Give some to see whether facts are kept." };
  }
  const told = `It gives the right option a probability of ${formatPercent(ours)}.`;
  if (ours >= best * 0.95) return { grade: "good", word: "As with the text", sentence: `${told} With the whole text it is ${formatPercent(best)}.` };
  if (ours > without) return { grade: "fair", word: "Better than without", sentence: `${told} Between ${formatPercent(without)} with nothing and ${formatPercent(best)} with the text.` };
  return { grade: "poor", word: "No better", sentence: `${told} With nothing it is ${formatPercent(without)}: single facts are not kept.` };
}

export function previewVerdict(quality: PreviewQuality): Verdict {
  const share = quality.gap_closed_options;
  if (share === null) {
    return { grade: "unknown", word: "Not known", sentence: "The model does no better on these questions with the passage in view, so they tell nothing." };
  }
  const told = `It closes ${formatPercent(share)} of the gap between no context and the passage in view.`;
  if (share >= 0.5) return { grade: "fair", word: "Much", sentence: `${told} Most answers are worth reading, none is sure.` };
  if (share >= 0.2) return { grade: "fair", word: "Some", sentence: `${told} Expect the subject and some facts, many of them wrong.` };
  return { grade: "poor", word: "Little", sentence: `${told} Expect the subject of the text and hardly a fact: train a cartridge.` };
}
