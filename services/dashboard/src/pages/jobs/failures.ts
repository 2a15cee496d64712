/** What to do about a job that failed, by the code that it failed with. */
const ADVICE: Record<string, string> = {
  corpus_too_short: "Add more text to the corpus, or start a job with a smaller cartridge (cartridge tokens).",
  self_study_empty: "Ask for more conversations, or allow longer questions, and start it again.",
  nothing_to_learn: "Ask for more recitations, or lower the least likelihood of one, and start it again.",
  training_diverged: "Lower the learning rate, and start it again.",
  model_unsupported: "The base model is of a family that is not supported; whoever runs the server has to choose another.",
  model_not_found: "The trainer serves another base model now. Start a new job for the one that is served.",
  recipe_invalid: "The recipe is of another release. Start a new job with a recipe of this one.",
  attempts_exhausted: "Workers kept dying over this job, most likely for want of memory. Try a smaller recipe, or tell whoever runs the server.",
  internal_error: "Retry it. If it fails again, give the request's id to whoever runs the server.",
};

export function failureAdvice(code: string | null | undefined): string {
  return ADVICE[code ?? ""] ?? "See the log below for what came before, and retry it.";
}
