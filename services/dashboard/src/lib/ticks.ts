/** About `count` round numbers that reach over [low, high], evenly spaced: steps of 1, 2, 2.5 or 5 times a power of ten. */
export function roundTicks(low: number, high: number, count = 5): number[] {
  const rough = (high - low || 1) / (count - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((each) => each * power >= rough * 0.999) ?? 10) * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  // Multiples of the step, without the dust of adding it up.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
