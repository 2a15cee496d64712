import { describe, expect, it } from "vitest";

import { reportOf, type Quality, type Scores } from "./report";
import { agreementVerdict, gapVerdict, klVerdict, memoryVerdict, previewVerdict, questionsVerdict, sampleCaution, unrelatedVerdict } from "./verdicts";

function scores(kl: number, option: number | null = null): Scores {
  return {
    kv_tokens: 1,
    kv_bytes: 1,
    conversations: { log_perplexity: 1, top1_agreement: 0.5, kl_to_teacher: kl },
    questions: option === null ? null : { log_perplexity: 1, option_probability: option, option_accuracy: option },
  };
}

function quality(part: Partial<Quality> = {}): Quality {
  return {
    held_out_conversations: 32, questions: 0, icl_truncated: false,
    none: scores(1, 0.2), icl: scores(0.1, 0.6), cartridge: scores(0.3, 0.4),
    gap_closed: 0.7, gap_closed_uncut: 0.7, gap_closed_questions: null, kv_ratio: 20, ...part,
  };
}

describe("verdicts about a report's figures", () => {
  it.each([[0.9, "good"], [0.8, "good"], [0.6, "fair"], [0.2, "poor"], [null, "unknown"]] as const)(
    "a gap closed by %s is %s", (gap_closed, grade) => {
      expect(gapVerdict(quality({ gap_closed })).grade).toBe(grade);
    },
  );

  it.each([[0.3, "good"], [0.7, "fair"], [0.95, "poor"]] as const)("a KL of %s where none has 1 is %s", (kl, grade) => {
    expect(klVerdict(quality({ cartridge: scores(kl) })).grade).toBe(grade);
  });

  it.each([[22.4, "good"], [1.2, "fair"], [0.5, "poor"]] as const)("memory divided by %s is %s", (kv_ratio, grade) => {
    expect(memoryVerdict(quality({ kv_ratio })).grade).toBe(grade);
  });

  it.each([[0.6, "good"], [0.4, "fair"], [0.15, "poor"], [null, "unknown"]] as const)(
    "a right option's probability of %s between 0.2 and 0.6 is %s", (option, grade) => {
      expect(questionsVerdict(quality({ cartridge: scores(0.3, option) })).grade).toBe(grade);
    },
  );

  it.each([[0.5, "poor"], [0.6, "fair"], [0.88, "good"]] as const)("agreement of %s between 0.5 and 0.9 is %s", (top1, grade) => {
    const at = (top1_agreement: number): Scores => {
      const base = scores(1);
      return { ...base, conversations: { ...base.conversations, top1_agreement } };
    };
    expect(agreementVerdict(quality({ none: at(0.5), icl: at(0.9), cartridge: at(top1) })).grade).toBe(grade);
  });

  it("do not claim what was not measured", () => {
    expect(unrelatedVerdict(undefined).grade).toBe("unknown");
    expect(unrelatedVerdict({ requests: 9, kl: 0.01 }).grade).toBe("good");
    expect(unrelatedVerdict({ requests: 9, kl: 2 }).grade).toBe("poor");
  });

  it("warn of small samples", () => {
    expect(sampleCaution(quality({ held_out_conversations: 8 }))).toContain("8 conversations");
    expect(sampleCaution(quality())).toBeNull();
  });
});

it("reads a report of another release without falling over", () => {
  expect(reportOf({ kv_ratio: 20 })).toMatchObject({ quality: null, seconds: {}, recipe: {} });
  expect(reportOf({ quality: quality() }).quality?.kv_ratio).toBe(20);
});

describe("what is said of a preview", () => {
  const at = (option: number) => ({ log_perplexity: 1, option_probability: option, option_accuracy: option });
  const preview = (gap_closed_options: number | null) => ({
    questions: 40, none: at(0.25), in_view: at(0.75), preview: at(0.3), gap_closed: 0.1, gap_closed_options,
  });

  it.each([[0.6, "Much"], [0.3, "Some"], [0.1, "Little"], [null, "Not known"]] as const)("at a gap closed by %s is: %s", (share, word) => {
    expect(previewVerdict(preview(share)).word).toBe(word);
  });

  it("comes from its report, and a trained cartridge's report is none", () => {
    const report = reportOf({ kind: "preview", note: "A preview.", quality: preview(0.1), recipe: {} });
    expect(report.preview).toEqual({ note: "A preview.", quality: preview(0.1) });
    expect(report.quality).toBeNull();
    expect(reportOf({ quality: quality() }).preview).toBeNull();
  });
});
