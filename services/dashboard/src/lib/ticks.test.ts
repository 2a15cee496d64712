import { expect, it } from "vitest";

import { roundTicks } from "./ticks";

it("ticks are round and reach over what is shown", () => {
  expect(roundTicks(0.951, 1.349)).toEqual([0.9, 1, 1.1, 1.2, 1.3, 1.4]);
  expect(roundTicks(1.083, 3.15)).toEqual([1, 2, 3, 4]);
  expect(roundTicks(0, 100)).toEqual([0, 25, 50, 75, 100]);
});

it("one value alone has an axis too", () => {
  const ticks = roundTicks(2, 2);
  expect(ticks[0]).toBeLessThanOrEqual(2);
  expect(ticks.at(-1)).toBeGreaterThanOrEqual(2);
});
