/** What somebody should look at, the most urgent first. */
import type { Cartridge, Corpus, Quota, TrainingJob } from "@/api/types";
import { formatPercent } from "@/lib/format";
import { isNear, shareOf, wordsOf } from "@/pages/usage/quotas";

export interface Attention {
  key: string;
  tone: "rose" | "amber";
  title: string;
  detail: string;
  to: string;
}

interface Seen {
  jobs?: readonly TrainingJob[];
  cartridges?: readonly Cartridge[];
  corpora?: readonly Corpus[];
  quotas?: readonly Quota[];
}

const RECENT_MS = 7 * 86_400_000;

export function attentionOf({ jobs = [], cartridges = [], corpora = [], quotas = [] }: Seen, now = Date.now()): Attention[] {
  return [
    ...quotas.filter(isNear).map((quota): Attention => {
      const share = shareOf(quota) ?? 0;
      return {
        key: quota.name,
        tone: share >= 1 ? "rose" : "amber",
        title: `${wordsOf(quota).label}: ${formatPercent(share)} of the quota in use`,
        detail: share >= 1 ? "New work is refused until something is deleted or the quota is raised." : "Soon new work will be refused.",
        to: "/usage",
      };
    }),
    ...jobs
      .filter(({ state, finished_at }) => state === "failed" && now - Date.parse(finished_at ?? "") < RECENT_MS)
      .map((job): Attention => ({
        key: job.id,
        tone: "rose",
        title: `${job.name} failed`,
        detail: job.error_detail ?? "See its log.",
        to: `/jobs/${job.id}`,
      })),
    ...cartridges
      .filter(({ status }) => status === "needs_review")
      .map((cartridge): Attention => ({
        key: cartridge.id,
        tone: "amber",
        title: `${cartridge.name} needs review`,
        detail: "Its quality is under the threshold of its recipe. Look at its report, then mark it ready or train again.",
        to: `/cartridges/${cartridge.id}`,
      })),
    ...corpora
      .filter(({ failed }) => failed > 0)
      .map((corpus): Attention => ({
        key: corpus.id,
        tone: "amber",
        title: `${corpus.name}: ${corpus.failed === 1 ? "a file was" : `${corpus.failed} files were`} refused`,
        detail: "The corpus' page says why, file by file.",
        to: `/corpora/${corpus.id}`,
      })),
  ];
}
