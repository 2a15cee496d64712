import { describe, expect, it, vi } from "vitest";

import { ApiProblem, Unreachable } from "@/api/problems";

import { follow, pauseMs, type Connection, type NumberedEvent } from "./follow";

const event = (seq: number, state = "running") => `id: ${seq}\nevent: state\ndata: {"state": "${state}"}\n\n`;

/** Follows through these answers, one connection after another. */
async function through(answers: (string | Error)[], after = 0) {
  const asked: number[] = [];
  const seen: NumberedEvent[] = [];
  const connections: Connection[] = [];
  const controller = new AbortController();
  await follow({
    open(from) {
      asked.push(from);
      const answer = answers.shift();
      if (answer === undefined) controller.abort();
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(new Response(answer ?? ""));
    },
    after,
    signal: controller.signal,
    onEvent: (each) => seen.push(each),
    onConnection: (each) => connections.push(each),
    isLast: ({ data }) => data.state === "succeeded",
    wait: () => Promise.resolve(),
  });
  return { asked, seen: seen.map(({ seq }) => seq), connections };
}

describe("following events", () => {
  it("goes on after the last event, over connections that break", async () => {
    const { asked, seen, connections } = await through([
      event(1) + event(2) + "id: 3\nda", // broken off in the middle of an event
      new Unreachable("away"),
      event(3) + event(4, "succeeded"),
    ]);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual([0, 2, 2]);
    expect(connections.at(-1)).toBe("ended");
  });

  it("shows an event that is sent twice once", async () => {
    const { seen } = await through([event(1) + event(1) + event(2), event(1) + event(2) + event(3, "succeeded")]);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("begins where it is told", async () => {
    const { asked, seen } = await through([event(8) + event(9) + event(10, "succeeded")], 9);
    expect(asked).toEqual([9]);
    expect(seen).toEqual([10]);
  });

  it("comes back after a busy server and gives up where there is nothing to follow", async () => {
    const busy = new ApiProblem(503, "busy", "", "");
    const gone = new ApiProblem(404, "not_found", "", "");
    const { asked, connections } = await through([busy, gone, event(1)]);
    expect(asked).toEqual([0, 0]);
    expect(connections.at(-1)).toBe("failed");
  });

  it("ends when the page is left", async () => {
    const controller = new AbortController();
    const open = vi.fn();
    controller.abort();
    await follow({ open, after: 0, signal: controller.signal, onEvent: vi.fn(), onConnection: vi.fn(), isLast: () => false });
    expect(open).not.toHaveBeenCalled();
  });

  it("waits longer each time, up to a limit, and as long as the server asks", () => {
    const still = () => 0.5;
    expect([0, 1, 2, 10].map((failures) => pauseMs(failures, null, still))).toEqual([500, 1000, 2000, 15_000]);
    const limited = new ApiProblem(429, "rate_limited", "", "", null, [], 20);
    expect(pauseMs(0, limited, still)).toBe(20_000);
  });
});
