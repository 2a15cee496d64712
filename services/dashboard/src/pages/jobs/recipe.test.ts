import { describe, expect, it } from "vitest";

import { isChanged, recipeOf, SETTING_GROUPS, shown, valueAt, valuesOf } from "./recipe";

const all = SETTING_GROUPS.flatMap(({ settings }) => settings);

describe("the recipe's settings", () => {
  it("are all there with an explanation and a default, from the API's schema", () => {
    expect(SETTING_GROUPS.map(({ name }) => name)).toEqual(["", "self_study", "training", "retraining", "initialization", "evaluation"]);
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter(({ description }) => description === "").map(({ path }) => path)).toEqual([]);
    const steps = all.find(({ path }) => path === "training.steps");
    expect(steps).toMatchObject({ kind: "integer", default: 1000, min: 1, max: 1_000_000, label: "Steps" });
    expect(all.find(({ path }) => path === "self_study.seed_prompt_kinds")).toMatchObject({ kind: "choices" });
    expect(all.find(({ path }) => path === "evaluation.questions")).toMatchObject({ kind: "questions" });
    expect(all.find(({ path }) => path === "initialization.text")).toMatchObject({ kind: "text" });
  });

  it("make a recipe that says only what differs from the defaults", () => {
    const values = { ...valuesOf({}), cartridge_tokens: 64, "training.steps": 7, "initialization.text": "" };
    expect(recipeOf(values)).toEqual({ cartridge_tokens: 64, training: { steps: 7 } });
    expect(recipeOf(valuesOf({}))).toEqual({});
  });

  it("come back out of a recipe that they went into", () => {
    const recipe = { cartridge_tokens: 64, self_study: { one_paragraph: false, seed_prompt_kinds: ["question"] } };
    expect(recipeOf(valuesOf(recipe))).toEqual(recipe);
    expect(valueAt(recipe, "self_study.one_paragraph")).toBe(false);
  });

  it("tell a changed value from the default", () => {
    const steps = all.find(({ path }) => path === "training.steps")!;
    expect([1000, 1001, undefined].map((value) => isChanged(steps, value))).toEqual([false, true, false]);
  });

  it.each([
    [true, "yes"], [null, "–"], [0.001, "0.001"], ["context_distillation", "context distillation"],
    [["use_case"], "Use case"], [[{ question: "?" }], "1 question"], [10_000, "10,000"],
  ])("%j reads %s", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});
