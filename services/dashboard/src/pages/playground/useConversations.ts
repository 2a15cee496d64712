import { useCallback, useEffect, useRef, useState } from "react";

import type { ChatUsage, Considered } from "@/api/types";

import { ask } from "./asking";
import { bodyOf, type Message, type Settings, type System } from "./request";

export interface Answer {
  text: string;
  state: "asking" | "answering" | "done" | "stopped" | "failed";
  usage: ChatUsage | null;
  /** The cartridges that were chosen from, where the relevant ones were asked for. */
  selection: Considered[] | null;
  finish: string | null;
  error: unknown;
  /** Seconds from the click to the first piece, the way to the server and back included. */
  firstSeconds: number | null;
  seconds: number | null;
}

export interface Turn {
  id: number;
  question: string;
  answers: Partial<Record<System, Answer>>;
}

const ASKED: Answer = { text: "", state: "asking", usage: null, selection: null, finish: null, error: null, firstSeconds: null, seconds: null };

/** What has been said so far in one way of asking: a question that was not answered there is left out. */
export function historyOf(turns: readonly Turn[], system: System): Message[] {
  return turns.flatMap(({ question, answers }) => {
    const answer = answers[system];
    if (answer === undefined || answer.text === "") return [];
    return [{ role: "user" as const, content: question }, { role: "assistant" as const, content: answer.text }];
  });
}

interface Asking {
  baseModel: string;
  cartridges: readonly string[];
  systems: readonly System[];
  settings: Settings;
}

/** Conversations side by side: the same questions, each way of asking with its own answers. */
export function useConversations() {
  const [turns, setTurns] = useState<Turn[]>([]);
  const running = useRef(new Set<AbortController>());
  const numbers = useRef(0);

  const stop = useCallback(() => {
    for (const each of running.current) each.abort();
  }, []);
  useEffect(() => stop, [stop]);

  const put = useCallback((id: number, system: System, change: (before: Answer) => Answer) => {
    setTurns((before) =>
      before.map((turn) =>
        turn.id === id ? { ...turn, answers: { ...turn.answers, [system]: change(turn.answers[system] ?? ASKED) } } : turn,
      ),
    );
  }, []);

  const say = useCallback(
    (question: string, { baseModel, cartridges, systems, settings }: Asking, before: readonly Turn[]) => {
      const id = (numbers.current += 1);
      setTurns((all) => [...all, { id, question, answers: Object.fromEntries(systems.map((system) => [system, ASKED])) }]);
      for (const system of systems) {
        const controller = new AbortController();
        running.current.add(controller);
        const began = performance.now();
        const since = () => (performance.now() - began) / 1000;
        const messages: Message[] = [...historyOf(before, system), { role: "user", content: question }];
        ask(bodyOf({ baseModel, cartridges, system, messages, settings }), controller.signal, {
          selection: (selection) => put(id, system, (answer) => ({ ...answer, selection })),
          text: (piece) =>
            put(id, system, (answer) => ({
              ...answer,
              state: "answering",
              text: answer.text + piece,
              firstSeconds: answer.firstSeconds ?? since(),
            })),
        })
          .then((ending) => put(id, system, (answer) => ({ ...answer, ...ending, state: "done", seconds: since() })))
          .catch((error: unknown) =>
            put(id, system, (answer) =>
              controller.signal.aborted ? { ...answer, state: "stopped", seconds: since() } : { ...answer, state: "failed", error },
            ),
          )
          .finally(() => running.current.delete(controller));
      }
    },
    [put],
  );

  const clear = useCallback(() => {
    stop();
    setTurns([]);
  }, [stop]);

  const busy = turns.some(({ answers }) => Object.values(answers).some(({ state }) => state === "asking" || state === "answering"));
  return { turns, say, stop, clear, busy };
}
