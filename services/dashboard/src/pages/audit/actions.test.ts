import { expect, it } from "vitest";

import { actionLabel, detailsOf, pageOf } from "./actions";

it("an action that is not known yet is still readable", () => {
  expect(actionLabel("corpus.created")).toBe("Corpus created");
  expect(actionLabel("shelf.moved_away")).toBe("shelf moved away");
});

it("only what has a page leads to one", () => {
  expect(pageOf("crp_01")).toBe("/corpora/crp_01");
  expect(pageOf("key_01")).toBeNull();
});

it("details are told as people read them", () => {
  const told = detailsOf({ name: "Handbook", scopes: ["read", "query"], size_bytes: 2048, grace_seconds: 86400 });
  expect(told.map(({ name, text }) => `${name}: ${text}`)).toEqual([
    "name: Handbook", "scopes: read, query", "size: 2.0 KiB", "grace: 24 h 00 min",
  ]);
});

it("ids and digests are kept whole beside what is shown of them", () => {
  const digest = "7fc0424eba48644c7a17ecc8dff4960f5a0cc641bf06264495cc572c663d89a6";
  const [corpus, sum] = detailsOf({ corpus_id: "crp_01m87bvsmyfjdbq04htn7r78pj", digest });
  expect(corpus).toMatchObject({ name: "corpus", isId: true, whole: "crp_01m87bvsmyfjdbq04htn7r78pj" });
  expect(sum).toMatchObject({ text: "7fc0424eba48…", whole: digest, isId: false });
});
