import { describe, expect, it } from "vitest";

import type { Stage } from "@/api/types";

import { stageViews } from "./stages";

const NOW = Date.parse("2026-11-24T10:00:30Z");

function stage(name: string, attempt: number, status: Stage["status"], seconds: number | null): Stage {
  return { stage: name, attempt, status, started_at: "2026-11-24T10:00:00Z", finished_at: null, seconds };
}

describe("the stages of a job", () => {
  it("are all there from the beginning, in order", () => {
    const views = stageViews([], { state: "queued", kind: "train" }, NOW);
    expect(views.map(({ name }) => name)).toEqual(["parse", "self_study", "baselines", "train", "evaluate", "publish"]);
    expect(views.every(({ status, seconds }) => status === "waiting" && seconds === null)).toBe(true);
  });

  it("are three of a preview, which is not trained", () => {
    const views = stageViews([], { state: "queued", kind: "preview" }, NOW);
    expect(views.map(({ label }) => label)).toEqual(["Read", "Compact", "Publish"]);
  });

  it("count the time of all attempts, the present one's until now", () => {
    const views = stageViews(
      [stage("train", 1, "interrupted", 12), stage("train", 2, "running", null)], { state: "running", kind: "train" }, NOW,
    );
    const train = views.find(({ name }) => name === "train");
    expect(train).toMatchObject({ status: "running", seconds: 42, attempts: 2 });
  });

  it("wait again after a worker was lost, and stay broken off where the job has ended", () => {
    const runs = [stage("train", 1, "interrupted", 12)];
    const of = (state: "running" | "failed") => stageViews(runs, { state, kind: "train" }, NOW).find(({ name }) => name === "train")?.status;
    expect(of("running")).toBe("waiting");
    expect(of("failed")).toBe("interrupted");
  });

  it("show a stage of a newer release by its own name", () => {
    expect(stageViews([stage("polish", 1, "finished", 1)], { state: "running", kind: "train" }, NOW).at(-1)?.label).toBe("polish");
  });
});
