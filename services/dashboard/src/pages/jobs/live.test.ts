import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { LiveJob } from "./live";
import { MOST_POINTS } from "./series";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the live state of a job", () => {
  it("takes fifty thousand events with a bounded curve and few calls to whoever listens", () => {
    const job = new LiveJob();
    const listener = vi.fn();
    job.subscribe(listener);
    for (let step = 1; step <= 50_000; step += 1) {
      job.take({ seq: step, type: "progress", data: { stage: "train", step, steps: 50_000, loss: 1 / step } });
    }
    expect(listener).not.toHaveBeenCalled();
    vi.advanceTimersByTime(300);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(job.snapshot().points.length).toBeLessThanOrEqual(MOST_POINTS);
    expect(job.snapshot().progress?.step).toBe(50_000);
  });

  it("counts what else has to be asked anew, conversations only when there are more of them", () => {
    const job = new LiveJob();
    for (const [type, data] of [
      ["stage", {}],
      ["progress", { stage: "self_study", conversations: 8 }],
      ["progress", { stage: "self_study", conversations: 8 }],
      ["conversation", {}],
      ["log", {}],
      ["of a newer release", {}],
    ] as const) job.take({ seq: 1, type, data });
    vi.advanceTimersByTime(300);
    expect(job.snapshot().changes).toEqual({ state: 0, stage: 1, conversation: 2, log: 1, baselines: 0 });
  });
});
