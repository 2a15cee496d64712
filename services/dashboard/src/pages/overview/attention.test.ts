import { expect, it } from "vitest";

import type { Cartridge, Corpus, Quota, TrainingJob } from "@/api/types";

import { attentionOf } from "./attention";

const now = Date.parse("2026-11-24T12:00:00Z");
const failed = { id: "job_1", name: "Handbook", state: "failed", error_detail: "the corpus is too short", finished_at: "2026-11-24T11:00:00Z" } as TrainingJob;

it("asks for nothing where all is well", () => {
  const quotas = [
    { name: "corpora", limit: 10, used: 7 },
    { name: "requests_minute", limit: 10, used: null },
  ] as Quota[];
  expect(attentionOf({ quotas, cartridges: [{ status: "ready" } as Cartridge], corpora: [{ failed: 0 } as Corpus] }, now)).toEqual([]);
});

it("names a quota near its limit, and tells one that is used up apart", () => {
  const quotas = [
    { name: "corpora", limit: 10, used: 8 },
    { name: "concurrent_jobs", limit: 0, used: 0 },
  ] as Quota[];
  expect(attentionOf({ quotas }, now)).toMatchObject([
    { tone: "amber", title: "Corpora: 80% of the quota in use" },
    { tone: "rose", to: "/usage" },
  ]);
});

it("names jobs that failed this week, with their reason, and forgets older ones", () => {
  const old = { ...failed, id: "job_0", finished_at: "2026-11-01T00:00:00Z" };
  expect(attentionOf({ jobs: [failed, old] }, now)).toMatchObject([{ key: "job_1", detail: "the corpus is too short", to: "/jobs/job_1" }]);
});

it("names cartridges to review and corpora with refused files", () => {
  const cartridges = [{ id: "ctg_1", name: "Handbook", status: "needs_review" }] as Cartridge[];
  const corpora = [{ id: "crp_1", name: "Wards", failed: 2 }] as Corpus[];
  expect(attentionOf({ cartridges, corpora }, now).map(({ to }) => to)).toEqual(["/cartridges/ctg_1", "/corpora/crp_1"]);
});
