import { describe, expect, it } from "vitest";

import { formatBytes, formatCompact, formatDuration, formatRelative, secondsBetween, shortId } from "./format";

describe("sizes", () => {
  it("are whole bytes below one KiB, and have one digit above", () => {
    expect(formatBytes(0)).toBe("0 B");
    expect(formatBytes(1023)).toBe("1023 B");
    expect(formatBytes(5_872_025)).toBe("5.6 MiB");
    expect(formatBytes(126.3 * 1024 ** 2)).toBe("126 MiB");
  });
});

describe("counts", () => {
  it("stay whole while they are short", () => {
    expect(formatCompact(9_999)).toBe("9,999");
    expect(formatCompact(1_234_567)).toBe("1.2M");
  });
});

describe("durations", () => {
  it.each([
    [0, "0 s"],
    [0.42, "420 ms"],
    [8, "8 s"],
    [59.7, "1:00 min"],
    [139, "2:19 min"],
    [3900, "1 h 05 min"],
    [273_600, "3 d 4 h"],
  ])("%d seconds are %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it("never run backwards where two clocks disagree", () => {
    expect(secondsBetween("2026-11-24T10:00:05Z", "2026-11-24T10:00:00Z")).toBe(0);
  });
});

describe("instants", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");

  it.each([
    ["2026-11-24T11:59:58Z", "just now"],
    ["2026-11-24T11:57:00Z", "3 minutes ago"],
    ["2026-11-23T12:00:00Z", "yesterday"],
    ["2026-11-26T12:00:00Z", "in 2 days"],
  ])("%s is %s", (instant, text) => expect(formatRelative(instant, now)).toBe(text));
});

it("an id is shortened to its kind and its end", () => {
  expect(shortId("ctg_01j9z3k4m5n6p7q8r9s0t1v2w3")).toBe("ctg_…t1v2w3");
});
