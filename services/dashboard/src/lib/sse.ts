/** Server-sent events out of the bytes of a fetch: `EventSource` cannot send an Authorization header. */

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

const LINE_END = /\r\n|\n|\r/;

/** Puts events together from pieces of text, wherever these are cut (WHATWG HTML, section 9.2.6). */
export class SseParser {
  private rest = "";
  private id = "";
  private event = "";
  private data: string[] = [];
  private first = true;

  /** The events that are whole with this piece. */
  push(piece: string): ServerEvent[] {
    let text = this.rest + piece;
    if (this.first && text.length > 0) {
      this.first = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    const events: ServerEvent[] = [];
    for (;;) {
      const end = LINE_END.exec(text);
      // A carriage return at the very end may be the first half of a line's end.
      if (end === null || (end[0] === "\r" && end.index === text.length - 1)) break;
      this.line(text.slice(0, end.index), events);
      text = text.slice(end.index + end[0].length);
    }
    this.rest = text;
    return events;
  }

  private line(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (this.data.length > 0) {
        events.push({ id: this.id, event: this.event || "message", data: this.data.join("\n") });
      }
      this.event = "";
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: the server keeps the connection alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
  }
}

/** The events of an answer as they come; `onBytes` is told of every sign of life, comments too. */
export async function* readEvents(response: Response, onBytes?: () => void): AsyncGenerator<ServerEvent> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes?.();
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Whoever stops reading wants no more of it.
    await reader.cancel().catch(() => undefined);
  }
}
