/** A loss curve of bounded size that grows with the job: however many steps come, it keeps few points. */
import type { LossCurve, LossPoint } from "@/api/types";

export interface SeriesPoint {
  /** The last step of those in this point. */
  step: number;
  loss: number;
  least: number;
  largest: number;
}

interface Counted extends SeriesPoint {
  count: number;
}

export const MOST_POINTS = 600;

function merged(earlier: Counted, later: Counted): Counted {
  const count = earlier.count + later.count;
  return {
    step: later.step,
    loss: (earlier.loss * earlier.count + later.loss * later.count) / count,
    least: Math.min(earlier.least, later.least),
    largest: Math.max(earlier.largest, later.largest),
    count,
  };
}

export class LossSeries {
  private points: Counted[] = [];

  constructor(private readonly most = MOST_POINTS) {}

  /** Begin with the curve as the server has summed it up. */
  start(points: readonly LossPoint[]): void {
    this.points = points.map(({ step, loss, least, largest }) => ({ step, loss, least, largest, count: 1 }));
    this.fit();
  }

  /** A step more. One that was there before begins anew there: a later attempt went back to a checkpoint. */
  push(step: number, loss: number): void {
    while ((this.points.at(-1)?.step ?? -Infinity) >= step) this.points.pop();
    this.points.push({ step, loss, least: loss, largest: loss, count: 1 });
    this.fit();
  }

  snapshot(): SeriesPoint[] {
    return this.points.map(({ step, loss, least, largest }) => ({ step, loss, least, largest }));
  }

  private fit(): void {
    while (this.points.length > this.most) {
      // All but the last, which is what just came.
      const halved: Counted[] = [];
      for (let index = 0; index < this.points.length; index += 2) {
        const [earlier, later] = [this.points[index]!, this.points[index + 1]];
        halved.push(later === undefined ? earlier : merged(earlier, later));
      }
      this.points = halved;
    }
  }
}

export type ValidationPoint = LossCurve["validation"][number];

/** The loss on conversations that are kept from training, measured now and then; as bounded as the other. */
export class ValidationSeries {
  private points: ValidationPoint[] = [];

  constructor(private readonly most = MOST_POINTS) {}

  start(points: readonly ValidationPoint[]): void {
    this.points = [...points];
    this.fit();
  }

  /** What a step tells was measured last; most steps tell what is there already. Whether it is new. */
  push(step: number, loss: number): boolean {
    const last = this.points.at(-1);
    if (last?.step === step && last.loss === loss) return false;
    while ((this.points.at(-1)?.step ?? -Infinity) >= step) this.points.pop();
    this.points.push({ step, loss });
    this.fit();
    return true;
  }

  snapshot(): ValidationPoint[] {
    return [...this.points];
  }

  private fit(): void {
    while (this.points.length > this.most) {
      this.points = this.points.filter((_, index) => index % 2 === 0 || index === this.points.length - 1);
    }
  }
}
