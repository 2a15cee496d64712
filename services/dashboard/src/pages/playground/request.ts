/** The same request in three forms: what the page sends, as it can be copied elsewhere. */

export type System = "cartridge" | "none" | "icl";

export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface Settings {
  temperature: number;
  maxTokens: number;
  seed: number | null;
  /** Whether only those of the cartridges are to answer that the question is about. */
  relevantOnly: boolean;
}

export interface ChatBody {
  model: string;
  messages: Message[];
  cartridges?: string[];
  select?: "relevant";
  in_context?: string[];
  max_tokens: number;
  temperature: number;
  seed?: number;
  stream: true;
  stream_options: { include_usage: true };
}

interface Parts {
  baseModel: string;
  cartridges: readonly string[];
  system: System;
  messages: Message[];
  settings: Settings;
}

/** The body of the request: one cartridge in the model's name, several in a list, as OpenAI's clients can say it. */
export function bodyOf({ baseModel, cartridges, system, messages, settings }: Parts): ChatBody {
  const single = system === "cartridge" && cartridges.length === 1;
  return {
    model: single ? `${baseModel}:${cartridges[0]}` : baseModel,
    messages,
    ...(system === "cartridge" && cartridges.length > 1 && { cartridges: [...cartridges] }),
    ...(system === "cartridge" && cartridges.length > 0 && settings.relevantOnly && { select: "relevant" as const }),
    ...(system === "icl" && cartridges.length > 0 && { in_context: [...cartridges] }),
    max_tokens: settings.maxTokens,
    temperature: settings.temperature,
    ...(settings.seed !== null && { seed: settings.seed }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

/** A word of a shell, safe whatever is in it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function asCurl(origin: string, body: ChatBody): string {
  return [
    `curl -N ${quoted(`${origin}/v1/chat/completions`)} \\`,
    `  -H "Authorization: Bearer $CARTRIDGES_API_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${quoted(JSON.stringify(body, null, 2))}`,
  ].join("\n");
}

/** A value as Python writes it: JSON does, but for these three words. */
export function python(value: unknown, indent = ""): string {
  const deeper = `${indent}    `;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) {
    if (value.every((each) => each === null || typeof each !== "object")) return `[${value.map((each) => python(each)).join(", ")}]`;
    return `[\n${value.map((each) => `${deeper}${python(each, deeper)},`).join("\n")}\n${indent}]`;
  }
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${python(each, indent)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

export function asPython(origin: string, body: ChatBody): string {
  const { cartridges, select, in_context, ...openai } = body;
  const extra = { ...(cartridges && { cartridges }), ...(select && { select }), ...(in_context && { in_context }) };
  const options = Object.entries(openai).map(([name, value]) => `    ${name}=${python(value, "    ")},`);
  if (Object.keys(extra).length > 0) options.push(`    extra_body=${python(extra)},`);
  return [
    "import os",
    "",
    "from openai import OpenAI",
    "",
    "client = OpenAI(",
    `    base_url=${JSON.stringify(`${origin}/v1`)},`,
    '    api_key=os.environ["CARTRIDGES_API_KEY"],',
    ")",
    "stream = client.chat.completions.create(",
    ...options,
    ")",
    "for chunk in stream:",
    "    if chunk.choices:",
    '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
  ].join("\n");
}

/** The command line asks one question; it has no words for ICL, a seed, or a conversation before. */
export function asCli(body: ChatBody): string {
  if (body.in_context !== undefined) return "# The command line does not compare with ICL; use curl or Python.";
  const [base = "", single] = body.model.split(":");
  const cartridges = body.cartridges ?? (single === undefined ? [] : [single]);
  const question = body.messages.filter(({ role }) => role === "user").at(-1)?.content ?? "";
  return [
    "cartridges chat",
    ...cartridges.map((id) => `--cartridge ${id}`),
    ...(body.select === undefined ? [] : ["--relevant"]),
    `--model ${quoted(base)}`,
    `--temperature ${body.temperature}`,
    `--max-tokens ${body.max_tokens}`,
    // A question that begins with a dash is no option.
    `${question.startsWith("-") ? "-- " : ""}${quoted(question)}`,
  ].join(" \\\n  ");
}
