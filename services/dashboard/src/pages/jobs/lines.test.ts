import { expect, it } from "vitest";

import { lineOf } from "./lines";

it.each([
  ["state", { state: "running", attempt: 2 }, "info", "The job is running, attempt 2"],
  ["state", { state: "failed", error: { code: "corpus_too_short", detail: "too short" } }, "error", "Failed: too short (corpus_too_short)"],
  ["stage", { stage: "self_study", status: "finished", seconds: 61 }, "info", "Self-study finished after 1:01 min"],
  ["log", { level: "warning", message: "a.txt was left out" }, "warning", "a.txt was left out"],
  ["baselines", { none: { loss: 2 }, icl: { loss: 1 } }, "info", "Loss with no context 2.000, with the whole text 1.000"],
  ["of a newer release", { a: 1 }, "info", 'of a newer release {"a":1}'],
] as const)("%s %j is a line for people", (type, data, level, text) => {
  expect(lineOf({ type, data })).toEqual({ level, text });
});
