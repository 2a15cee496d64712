import { describe, expect, it } from "vitest";

import { asCli, asCurl, asPython, bodyOf, python, quoted, type System } from "./request";

const ORIGIN = "http://127.0.0.1:8000";

function body(system: System, cartridges: string[], content = "Who's there?", relevantOnly = false) {
  return bodyOf({
    baseModel: "smollm2-135m", cartridges, system,
    messages: [{ role: "user", content }],
    settings: { temperature: 0, maxTokens: 64, seed: null, relevantOnly },
  });
}

describe("the request of the playground", () => {
  it("names one cartridge in the model and several in a list", () => {
    expect(body("cartridge", ["ctg_a"])).toMatchObject({ model: "smollm2-135m:ctg_a" });
    expect(body("cartridge", ["ctg_a"]).cartridges).toBeUndefined();
    expect(body("cartridge", ["ctg_a", "ctg_b"])).toMatchObject({ model: "smollm2-135m", cartridges: ["ctg_a", "ctg_b"] });
  });

  it("asks the bare model for no context, and with the texts for ICL", () => {
    expect(body("none", ["ctg_a"])).toMatchObject({ model: "smollm2-135m" });
    expect(body("none", ["ctg_a"]).in_context).toBeUndefined();
    expect(body("icl", ["ctg_a"])).toMatchObject({ model: "smollm2-135m", in_context: ["ctg_a"] });
  });

  it("asks for the relevant ones of the cartridges where they answer, in every form", () => {
    const relevant = (system: System, cartridges: string[]) => body(system, cartridges, "Who?", true);
    expect(relevant("cartridge", ["ctg_a"]).select).toBe("relevant");
    expect(relevant("none", ["ctg_a"]).select).toBeUndefined();
    expect(relevant("icl", ["ctg_a"]).select).toBeUndefined();
    expect(body("cartridge", ["ctg_a"]).select).toBeUndefined();
    const both = relevant("cartridge", ["ctg_a", "ctg_b"]);
    expect(asPython(ORIGIN, both)).toContain('extra_body={"cartridges": ["ctg_a", "ctg_b"], "select": "relevant"},');
    expect(asCli(both)).toContain("--cartridge ctg_b \\\n  --relevant \\\n");
    expect(JSON.parse(asCurl(ORIGIN, both).match(/-d '([\s\S]*)'$/)![1]!)).toMatchObject({ select: "relevant" });
  });

  it("can be pasted into a shell whatever is asked", () => {
    expect(quoted("it's $HOME `x`")).toBe(`'it'\\''s $HOME \`x\`'`);
    const command = asCurl(ORIGIN, body("cartridge", ["ctg_a"]));
    expect(command).toContain(`Who'\\''s there?`);
    expect(command).toContain("$CARTRIDGES_API_KEY");
    expect(asCli(body("cartridge", ["ctg_a", "ctg_b"]))).toContain("--cartridge ctg_a \\\n  --cartridge ctg_b");
    expect(asCli(body("icl", ["ctg_a"]))).toMatch(/^#/);
  });

  it("is Python that OpenAI's client takes, what is not OpenAI's in extra_body", () => {
    const code = asPython(ORIGIN, body("cartridge", ["ctg_a", "ctg_b"], 'say "hi"\n'));
    expect(code).toContain('extra_body={"cartridges": ["ctg_a", "ctg_b"]},');
    expect(code).toContain("stream=True,");
    expect(code).toContain('stream_options={"include_usage": True},');
    expect(code).toContain('{"role": "user", "content": "say \\"hi\\"\\n"},');
    expect(python([null, 1.5, "x"])).toBe('[None, 1.5, "x"]');
  });
});
