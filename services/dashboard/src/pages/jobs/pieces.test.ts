import { expect, it } from "vitest";

import { piecesOf } from "./pieces";

it("marks every occurrence, in any case, and takes signs for what they are", () => {
  expect(piecesOf("100% of 100x, 100%", "100%").filter(({ found }) => found)).toHaveLength(2);
  expect(piecesOf("Debian debian", "DEBIAN").map(({ piece }) => piece)).toEqual(["Debian", " ", "debian"]);
  expect(piecesOf("nothing", "").map(({ found }) => found)).toEqual([false]);
  expect(piecesOf("a(b", "(").map(({ piece }) => piece).join("")).toBe("a(b");
});
