import { describe, expect, it } from "vitest";

import { ApiProblem, explain, fieldErrors, problemOf, Unreachable } from "./problems";

const quota = {
  type: "urn:cartridges:problem:quota_exceeded",
  title: "Quota exceeded",
  status: 403,
  detail: "The tenant's quota `corpora` is 1, of which 1 are in use.",
  code: "quota_exceeded",
  instance: "/v1/corpora",
  request_id: "3f2b",
  errors: [{ field: "body.recipe.training.steps", message: "Must be at least 1" }],
};

describe("an error answer", () => {
  it("tells what the API says, and where to go on", () => {
    const problem = problemOf(new Response(null, { status: 403 }), quota);
    expect(explain(problem)).toMatchObject({
      title: "Quota exceeded",
      detail: quota.detail,
      link: { to: "/usage" },
      requestId: "3f2b",
    });
  });

  it("is readable where a proxy answers in the API's stead", () => {
    const problem = problemOf(new Response("<html>", { status: 502, statusText: "Bad Gateway" }), null);
    expect(problem).toMatchObject({ status: 502, code: "unreadable_answer", title: "Bad Gateway", passing: true });
  });

  it("says when to come again", () => {
    const headers = { "Retry-After": "7" };
    expect(problemOf(new Response(null, { status: 429, headers }), null).retryAfterSeconds).toBe(7);
  });

  it("puts messages beside the fields of a form", () => {
    const problem = problemOf(new Response(null, { status: 422 }), quota);
    expect(fieldErrors(problem)).toEqual({ "recipe.training.steps": "Must be at least 1" });
  });
});

it("no answer at all says how to start the server", () => {
  expect(explain(new Unreachable(new TypeError("failed"))).advice).toContain("make up");
});

it("only what passes by itself is passing", () => {
  expect(new ApiProblem(404, "not_found", "Not found", "There is none.").passing).toBe(false);
});
