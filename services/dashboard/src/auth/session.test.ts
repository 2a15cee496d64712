import { beforeEach, expect, it, vi } from "vitest";

import { ApiProblem } from "@/api/problems";

import {
  beginSession,
  credentialHeaders,
  endSession,
  mayHavePerson,
  onUnauthenticated,
  session,
  subscribe,
  whySignedOut,
} from "./session";

beforeEach(() => {
  endSession();
  localStorage.clear();
});

it("an API key stays in the tab's storage until its end", () => {
  beginSession({ kind: "key", apiKey: "ck_a" });
  expect(credentialHeaders()).toEqual({ Authorization: "Bearer ck_a" });
  expect(Object.values({ ...sessionStorage })).toContain("ck_a");
  expect(localStorage.length).toBe(0);
  endSession();
  expect(sessionStorage.length).toBe(0);
  expect(credentialHeaders()).toEqual({});
});

it("a person's session leaves nothing in storage and proves its page with the token", () => {
  beginSession({ kind: "person", csrfToken: "t" });
  expect(credentialHeaders()).toEqual({ "X-CSRF-Token": "t" });
  expect(sessionStorage.length).toBe(0);
});

it("a cookie is asked for only where a person signed in and did not leave", () => {
  expect(mayHavePerson()).toBe(false);
  beginSession({ kind: "person", csrfToken: "t" });
  expect(mayHavePerson()).toBe(true);
  endSession();
  expect(mayHavePerson()).toBe(false);
});

it("an API key's end in one tab leaves a person's session in another alone", () => {
  beginSession({ kind: "person", csrfToken: "t" });
  beginSession({ kind: "key", apiKey: "ck_a" });
  endSession();
  expect(mayHavePerson()).toBe(true);
});

it("a refused key ends the session, and tells why, once", () => {
  const heard = vi.fn();
  const stop = subscribe(heard);
  beginSession({ kind: "key", apiKey: "ck_a" });
  const refused = new ApiProblem(401, "key_invalid", "Not authenticated", "The API key was revoked.");
  onUnauthenticated(refused);
  onUnauthenticated(new ApiProblem(401, "key_invalid", "Not authenticated", "Send an API key."));
  expect(session()).toBeNull();
  expect(whySignedOut()).toBe(refused);
  expect(heard).toHaveBeenCalledTimes(2);
  stop();
});
