import { describe, expect, it } from "vitest";

import { LossSeries, ValidationSeries } from "./series";

describe("the loss series of a job", () => {
  it("keeps few points of a hundred thousand steps, with their extremes and the last one", () => {
    const series = new LossSeries(100);
    for (let step = 1; step <= 100_000; step += 1) series.push(step, step === 31_415 ? 99 : 1);
    const points = series.snapshot();
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points.length).toBeGreaterThan(25);
    expect(points.at(-1)?.step).toBe(100_000);
    expect(Math.max(...points.map(({ largest }) => largest))).toBe(99);
    expect(points.every(({ step }, index) => index === 0 || step > points[index - 1]!.step)).toBe(true);
  });

  it("means what it sums up", () => {
    const series = new LossSeries(2);
    for (const [step, loss] of [[1, 4], [2, 2], [3, 3]] as const) series.push(step, loss);
    expect(series.snapshot()).toEqual([
      { step: 2, loss: 3, least: 2, largest: 4 },
      { step: 3, loss: 3, least: 3, largest: 3 },
    ]);
  });

  it("follows a later attempt back to its checkpoint, and events that came twice to where they were", () => {
    const series = new LossSeries();
    const point = (step: number, loss: number) => ({ step, loss, least: loss, largest: loss, tokens_per_second: 1, learning_rate: 1 });
    series.start([point(10, 3), point(20, 2), point(30, 1)]);
    series.push(20, 5);
    series.push(21, 4);
    expect(series.snapshot().map(({ step, loss }) => [step, loss])).toEqual([[10, 3], [20, 5], [21, 4]]);
  });
});

describe("the loss on conversations that are kept from training", () => {
  it("takes each measurement once, however many steps tell of it, and goes back with a later attempt", () => {
    const series = new ValidationSeries();
    series.start([{ step: 0, loss: 3 }]);
    expect(series.push(0, 3)).toBe(false);
    expect(series.push(25, 2)).toBe(true);
    expect(series.push(25, 2)).toBe(false);
    expect(series.push(50, 2.5)).toBe(true);
    expect(series.push(25, 1.9)).toBe(true);
    expect(series.snapshot()).toEqual([{ step: 0, loss: 3 }, { step: 25, loss: 1.9 }]);
  });

  it("keeps few points of many measurements, the last one among them", () => {
    const series = new ValidationSeries(50);
    for (let step = 0; step < 5000; step += 1) series.push(step, 1);
    expect(series.snapshot().length).toBeLessThanOrEqual(50);
    expect(series.snapshot().at(-1)?.step).toBe(4999);
  });
});
