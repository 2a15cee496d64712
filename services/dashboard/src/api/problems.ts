/** Errors of the API as the pages show them: what happened, and what to do about it. */
import type { Problem } from "./types";

export interface FieldError {
  field: string;
  message: string;
}

/** An answer of the API that is an error (problem+json). */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly requestId: string | null = null,
    readonly fields: readonly FieldError[] = [],
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
    this.name = "ApiProblem";
  }

  /** Whether the same request may succeed in a moment, without anybody doing anything. */
  get passing(): boolean {
    return this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** No answer came: the server is away, or the network is. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server cannot be reached.", { cause });
    this.name = "Unreachable";
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body;
}

/** The problem that an answer with an error status tells; `body` is its parsed JSON, if it had any. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const seconds = Number.isNaN(retryAfter) ? null : retryAfter;
  if (isProblem(body)) {
    return new ApiProblem(
      response.status,
      body.code,
      body.title,
      body.detail,
      body.request_id ?? response.headers.get("X-Request-ID"),
      body.errors ?? [],
      seconds,
    );
  }
  // A proxy's own page, or nothing at all.
  const title = response.statusText || `HTTP ${response.status}`;
  const detail = `The server answered ${response.status} without saying why.`;
  return new ApiProblem(response.status, "unreadable_answer", title, detail, response.headers.get("X-Request-ID"), [], seconds);
}

export interface Explained {
  title: string;
  /** What happened; the API's own sentence where there is one. */
  detail: string;
  /** What to do, where the sentence does not say it already. */
  advice: string | null;
  /** The page where it can be done. */
  link: { to: string; label: string } | null;
  requestId: string | null;
}

const ADVICE: Record<string, Pick<Explained, "advice" | "link">> = {
  key_invalid: {
    advice: "Sign in again with a key that is active.",
    link: { to: "/sign-in", label: "Sign in" },
  },
  scope_missing: {
    advice: "Sign in with a key that has it, or ask an admin of your tenant for a role that does.",
    link: null,
  },
  quota_exceeded: { advice: null, link: { to: "/usage", label: "See quotas" } },
  corpus_in_use: { advice: null, link: { to: "/jobs", label: "See jobs" } },
  revision_mismatch: { advice: "Somebody changed it meanwhile. Reload the page and try again.", link: null },
  internal_error: { advice: "Try again; if it happens again, give the request id to whoever runs the server.", link: null },
  unreadable_answer: { advice: "Something between this page and the API answered in its stead. Try again shortly.", link: null },
};

/** An error of any sort in words for people. */
export function explain(error: unknown): Explained {
  if (error instanceof ApiProblem) {
    const { advice, link } = ADVICE[error.code] ?? { advice: null, link: null };
    return { title: error.title, detail: error.detail, advice, link, requestId: error.requestId };
  }
  if (error instanceof Unreachable) {
    return {
      title: "The server cannot be reached",
      detail: "No answer came. Either the network is down or the server is not running.",
      advice: "This page tries again by itself. On your own machine, `make up` starts the stack.",
      link: null,
      requestId: null,
    };
  }
  return {
    title: "Something went wrong in this page",
    detail: error instanceof Error ? error.message : String(error),
    advice: "Reload the page.",
    link: null,
    requestId: null,
  };
}

/** The messages of a 422 by form field: `body.recipe.training.steps` is asked for as `recipe.training.steps`. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  return Object.fromEntries(error.fields.map(({ field, message }) => [field.replace(/^body\./, ""), message]));
}
