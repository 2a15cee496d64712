import { expect, it } from "vitest";

import { dayBefore, daysBetween, seriesOf, totalOf } from "./series";

const USAGE = [
  { day: "2026-11-01", kind: "prompt_tokens", amount: 5 },
  { day: "2026-11-03", kind: "prompt_tokens", amount: 7 },
  { day: "2026-11-03", kind: "gpu_seconds", amount: 60 },
] as const;

it("has a row for every day, over the end of a month too", () => {
  expect(daysBetween("2026-02-27", "2026-03-02")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]);
});

it("draws days without any use as 0, and leaves other kinds out", () => {
  expect(seriesOf(USAGE, "2026-11-01", "2026-11-03", ["prompt_tokens"])).toEqual([
    { day: "2026-11-01", prompt_tokens: 5 },
    { day: "2026-11-02", prompt_tokens: 0 },
    { day: "2026-11-03", prompt_tokens: 7 },
  ]);
});

it("adds up the kinds that are asked for", () => {
  expect(totalOf(USAGE, ["prompt_tokens"])).toBe(12);
});

it("counts days in UTC", () => {
  expect(dayBefore(1, Date.parse("2026-03-01T00:30:00Z"))).toBe("2026-02-28");
});
