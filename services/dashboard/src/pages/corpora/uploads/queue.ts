/** Files on their way to a corpus: some at once, each with its progress and its own error, each to be tried again. */
import { ApiProblem } from "@/api/problems";

export type UploadState = "waiting" | "sending" | "finishing" | "done" | "failed" | "cancelled";

export interface UploadItem {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly state: UploadState;
  /** Bytes that have arrived. */
  readonly sent: number;
  /** Bytes that were there already when it began: an upload that broke off earlier goes on. */
  readonly resumedAt: number;
  readonly error: unknown;
}

export interface Progress {
  sent?: number;
  resumedAt?: number;
  finishing?: boolean;
}

/** Sends one file; rejects with what went wrong. Calling it again for the same file goes on where it stopped. */
export type SendFile = (file: File, name: string, report: (progress: Progress) => void, signal: AbortSignal) => Promise<void>;

const AT_ONCE = 3;
const TRIES = 4;

type Waiter = (milliseconds: number) => Promise<void>;
const sleep: Waiter = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class UploadQueue {
  private items: readonly UploadItem[] = [];
  private readonly files = new Map<number, File>();
  private readonly running = new Map<number, AbortController>();
  private readonly listeners = new Set<() => void>();
  private nextId = 1;

  constructor(
    private readonly send: SendFile,
    /** Called after each file that has arrived. */
    private readonly onArrived: () => void = () => {},
    private readonly wait: Waiter = sleep,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): readonly UploadItem[] => this.items;

  get isActive(): boolean {
    return this.items.some(({ state }) => state === "waiting" || state === "sending" || state === "finishing");
  }

  add(files: readonly { file: File; name: string }[]): void {
    const added = files.map(({ file, name }): UploadItem => {
      const id = this.nextId++;
      this.files.set(id, file);
      return { id, name, size: file.size, state: "waiting", sent: 0, resumedAt: 0, error: null };
    });
    this.items = [...this.items, ...added];
    this.changed();
    this.fill();
  }

  retry(id: number): void {
    const item = this.items.find((each) => each.id === id);
    if (item?.state !== "failed" && item?.state !== "cancelled") return;
    this.update(id, { state: "waiting", error: null });
    this.fill();
  }

  retryFailed(): void {
    for (const { id, state } of this.items) if (state === "failed") this.retry(id);
  }

  cancel(id: number): void {
    const item = this.items.find((each) => each.id === id);
    if (item !== undefined && item.state !== "done") this.update(id, { state: "cancelled" });
    this.running.get(id)?.abort();
  }

  /** Forget what has ended well or was cancelled. */
  clearEnded(): void {
    for (const { id, state } of this.items) if (state === "done" || state === "cancelled") this.files.delete(id);
    this.items = this.items.filter(({ id }) => this.files.has(id));
    this.changed();
  }

  private fill(): void {
    for (const item of this.items) {
      if (this.running.size >= AT_ONCE) return;
      if (item.state === "waiting" && !this.running.has(item.id)) void this.run(item);
    }
  }

  private async run({ id, name }: UploadItem): Promise<void> {
    const file = this.files.get(id)!;
    const abort = new AbortController();
    this.running.set(id, abort);
    this.update(id, { state: "sending" });
    try {
      await this.sendPatiently(id, file, name, abort.signal);
      this.update(id, { state: "done", sent: file.size });
      this.onArrived();
    } catch (error) {
      if (!abort.signal.aborted) this.update(id, { state: "failed", error });
    } finally {
      this.running.delete(id);
      this.fill();
    }
  }

  /** What passes by itself is tried again; what the API refuses is not. */
  private async sendPatiently(id: number, file: File, name: string, signal: AbortSignal): Promise<void> {
    const report = ({ finishing, ...progress }: Progress) =>
      this.update(id, { ...progress, ...(finishing && { state: "finishing" as const }) });
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.send(file, name, report, signal);
      } catch (error) {
        const refused = error instanceof ApiProblem && !error.passing;
        if (refused || signal.aborted || attempt === TRIES) throw error;
        const asked = error instanceof ApiProblem ? error.retryAfterSeconds : null;
        await this.wait((asked ?? 2 ** attempt) * 1000);
        this.update(id, { state: "sending" });
      }
    }
  }

  private update(id: number, change: Partial<UploadItem>): void {
    // What was cancelled stays so, until somebody tries it again.
    this.items = this.items.map((item) =>
      item.id !== id || (item.state === "cancelled" && change.state !== "waiting") ? item : { ...item, ...change },
    );
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
