import { expect, it } from "vitest";

import { actionLabel, detailsText, pageOf } from "./actions";

it("an action that is not known yet is still readable", () => {
  expect(actionLabel("corpus.created")).toBe("Corpus created");
  expect(actionLabel("shelf.moved_away")).toBe("shelf moved away");
});

it("only what has a page leads to one", () => {
  expect(pageOf("crp_01")).toBe("/corpora/crp_01");
  expect(pageOf("key_01")).toBeNull();
});

it("details are told in one line", () => {
  expect(detailsText({ name: "Handbook", scopes: ["read"] })).toBe('name: Handbook, scopes: ["read"]');
});
