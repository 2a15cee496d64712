import { expect, test } from "vitest";

import type { Estimate } from "@/api/types";

import { basisOf, costOf, exceeds } from "./estimate";

const ESTIMATE: Estimate = {
  object: "training_job.estimate",
  corpus_tokens: 51_200,
  corpus_tokens_counted: true,
  synthesis_tokens: 62_000,
  training_tokens: 261_000,
  seconds: { self_study: 88, train: 290, other: 41 },
  gpu_seconds: 419,
  month: { used: 1_200, after: 1_619, limit: 100_000, fits: true },
  based_on_jobs: 3,
  retrains: null,
};

test("says what the job takes at most, and of what", () => {
  expect(costOf(ESTIMATE)).toBe("At most 6:59 min of a worker: 1:28 min self-study, 4:50 min training");
  expect(basisOf(ESTIMATE)).toBe("62K tokens of self-study, 261K of training. Told from the speed of your last 3 jobs.");
});

test("says that it guesses where no job has finished", () => {
  expect(basisOf({ ...ESTIMATE, based_on_jobs: 0 })).toContain("A cautious guess");
});

test("says that it may take less where an earlier version was learned", () => {
  expect(basisOf({ ...ESTIMATE, retrains: "crt_1" })).toContain("Less where it goes on");
});

test("warns where the month has not enough seconds left", () => {
  const over = { ...ESTIMATE, month: { used: 99_800, after: 100_219, limit: 100_000, fits: false } };
  expect(exceeds(over)).toBe(true);
  expect(basisOf(over)).toContain("More than this month has left: 99,800 of 100,000 seconds are used.");
});
