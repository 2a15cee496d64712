/** Asks one question in one way and hands on the answer as it comes. */
import { send } from "@/api/client";
import { ApiProblem, problemOf } from "@/api/problems";
import type { ChatUsage, Considered } from "@/api/types";
import { readEvents } from "@/lib/sse";

import type { ChatBody } from "./request";

interface Chunk {
  choices: { delta: { content?: string | null }; finish_reason?: string | null }[];
  usage?: ChatUsage | null;
  selection?: Considered[] | null;
}

/** What is told while an answer comes. */
export interface Listener {
  text: (piece: string) => void;
  selection: (considered: Considered[]) => void;
}

export interface Ending {
  finish: string | null;
  usage: ChatUsage | null;
}

/** Streams an answer. Throws as `send` does, and `ApiProblem` for an answer that breaks off with a problem. */
export async function ask(body: ChatBody, signal: AbortSignal, on: Listener): Promise<Ending> {
  const response = await send("/v1/chat/completions", {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const ending: Ending = { finish: null, usage: null };
  for await (const { event, data } of readEvents(response)) {
    if (event === "error") throw problemOf(new Response(null, { status: 502 }), JSON.parse(data));
    if (data === "[DONE]") return ending;
    const { choices, usage, selection } = JSON.parse(data) as Chunk;
    const [choice] = choices;
    if (selection) on.selection(selection);
    if (choice?.delta.content) on.text(choice.delta.content);
    ending.finish = choice?.finish_reason ?? ending.finish;
    ending.usage = usage ?? ending.usage;
  }
  throw new ApiProblem(502, "unreadable_answer", "Answer broken off", "The answer ended in its middle. Ask again.");
}
