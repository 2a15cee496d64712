/** A job's events as lines of a log. */
import type { JobEvent } from "@/api/types";
import { formatDuration } from "@/lib/format";

import { STAGES } from "./stages";

export interface Line {
  level: "info" | "warning" | "error";
  text: string;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function stateLine(data: JobEvent["data"]): Line {
  const error = data.error as { code: string; detail: string } | undefined;
  if (error !== undefined) return { level: "error", text: `Failed: ${error.detail} (${error.code})` };
  const attempt = typeof data.attempt === "number" && data.state === "running" ? `, attempt ${data.attempt}` : "";
  return { level: "info", text: `The job is ${text(data.state)}${attempt}` };
}

function stageLine(data: JobEvent["data"]): Line {
  const label = STAGES[text(data.stage)]?.label ?? text(data.stage);
  if (data.status === "started") return { level: "info", text: `${label} began` };
  const took = typeof data.seconds === "number" ? ` after ${formatDuration(data.seconds)}` : "";
  return { level: "info", text: `${label} finished${took}` };
}

function baselinesLine(data: JobEvent["data"]): Line {
  const { none, icl } = data as { none: { loss: number }; icl: { loss: number } };
  return { level: "info", text: `Loss with no context ${none.loss.toFixed(3)}, with the whole text ${icl.loss.toFixed(3)}` };
}

export function lineOf({ type, data }: Pick<JobEvent, "type" | "data">): Line {
  if (type === "state") return stateLine(data);
  if (type === "stage") return stageLine(data);
  if (type === "baselines") return baselinesLine(data);
  if (type === "log") {
    const level = data.level === "warning" || data.level === "error" ? data.level : "info";
    return { level, text: text(data.message) };
  }
  return { level: "info", text: `${type} ${JSON.stringify(data)}` };
}
