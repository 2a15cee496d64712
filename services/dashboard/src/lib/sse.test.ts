import { describe, expect, it } from "vitest";

import { readEvents, SseParser } from "./sse";

const STREAM = 'id: 1\nevent: stage\ndata: {"a": 1}\n\n: ping\n\nid: 2\ndata: one\ndata: two\n\n';
const EVENTS = [
  { id: "1", event: "stage", data: '{"a": 1}' },
  { id: "2", event: "message", data: "one\ntwo" },
];

describe("the parser of server-sent events", () => {
  it("finds the same events wherever the stream is cut", () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const parser = new SseParser();
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(EVENTS);
    }
  });

  it.each(["\r\n", "\r"])("takes %j for a line's end, cut in its middle too", (end) => {
    const parser = new SseParser();
    const found = [...STREAM.replaceAll("\n", end)].flatMap((character) => parser.push(character));
    // A lone carriage return at the end waits for what follows it.
    found.push(...parser.push("x: y\n"));
    expect(found).toEqual(EVENTS);
  });

  it("keeps the id for events that name none, and leaves out events without data", () => {
    const parser = new SseParser();
    expect(parser.push("\uFEFFid: 7\n\nevent: quiet\n\ndata:x\n\n")).toEqual([{ id: "7", event: "message", data: "x" }]);
  });

  it("reads characters that two pieces of bytes share", async () => {
    const bytes = new TextEncoder().encode("data: größer\n\n");
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const found = [];
    for await (const event of readEvents(new Response(body))) found.push(event.data);
    expect(found).toEqual(["größer"]);
  });
});
