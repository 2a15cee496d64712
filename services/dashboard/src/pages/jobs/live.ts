/** What the page of a running job holds of it: the present state and a bounded curve, however long it is open. */
import type { Connection, NumberedEvent } from "@/lib/follow";

import type { LossCurve } from "@/api/types";
import { LossSeries, ValidationSeries, type SeriesPoint, type ValidationPoint } from "./series";

/** The data of a `progress` event; which fields are there depends on the stage. */
export interface Progress {
  stage: string;
  step?: number;
  steps?: number;
  loss?: number;
  conversations?: number;
  windows?: number;
  total?: number;
  reused?: number;
  tokens?: number;
  validation_loss?: number | null;
  validated_step?: number | null;
  tokens_per_second?: number;
  eta_seconds?: number | null;
  system?: string;
}

export interface Live {
  connection: Connection;
  progress: Progress | null;
  points: SeriesPoint[];
  validation: ValidationPoint[];
  /** Counts up with each event of a kind that something else is to be asked anew for. */
  changes: { state: number; stage: number; conversation: number; log: number; baselines: number };
}

const NOTHING_YET: Live = {
  connection: "connecting",
  progress: null,
  points: [],
  validation: [],
  changes: { state: 0, stage: 0, conversation: 0, log: 0, baselines: 0 },
};

/** At most so often are listeners told: a fast job must not keep the page busy. */
const TELL_MS = 250;

export class LiveJob {
  private live = NOTHING_YET;
  private readonly series = new LossSeries();
  private readonly validation = new ValidationSeries();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private conversations: number | undefined;
  private seriesChanged = false;
  private pending: Live = NOTHING_YET;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): Live => this.live;

  start(curve: LossCurve, progress: Progress | null): void {
    this.series.start(curve.points);
    this.validation.start(curve.validation);
    this.conversations = progress?.conversations;
    this.change({ progress: this.pending.progress ?? progress });
    this.seriesChanged = true;
  }

  connected(connection: Connection): void {
    this.change({ connection });
  }

  take({ type, data }: NumberedEvent): void {
    if (type === "progress") {
      const progress = data as unknown as Progress;
      this.change({ progress });
      if (progress.step !== undefined && progress.loss !== undefined) {
        this.series.push(progress.step, progress.loss);
        this.seriesChanged = true;
      }
      if (progress.validated_step != null && progress.validation_loss != null) {
        this.seriesChanged = this.validation.push(progress.validated_step, progress.validation_loss) || this.seriesChanged;
      }
      if (progress.conversations !== undefined && progress.conversations !== this.conversations) {
        this.conversations = progress.conversations;
        this.count("conversation");
      }
    } else if (type in this.pending.changes) {
      this.count(type as keyof Live["changes"]);
    }
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private count(kind: keyof Live["changes"]): void {
    this.change({ changes: { ...this.pending.changes, [kind]: this.pending.changes[kind] + 1 } });
  }

  private change(part: Partial<Live>): void {
    this.pending = { ...this.pending, ...part };
    this.timer ??= setTimeout(() => {
      this.timer = null;
      if (this.seriesChanged) this.pending = { ...this.pending, points: this.series.snapshot(), validation: this.validation.snapshot() };
      this.seriesChanged = false;
      this.live = this.pending;
      for (const listener of this.listeners) listener();
    }, TELL_MS);
  }
}
