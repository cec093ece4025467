/** Numbers to places on a line, and the round numbers to write beside it. */

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Where a number lies, in pixels. */
  place(value: number): number;
  /** The number at a place. */
  value(place: number): number;
}

export function scale(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1;
  return {
    low,
    high,
    place: (value) => from + ((value - low) / span) * (to - from),
    value: (place) => low + ((place - from) / (to - from)) * span,
  };
}

/** Multiples of 1, 2 or 5 times a power of ten that lie in a range, about as many as are asked for. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough)!;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

/** A number with as many decimals as its size calls for: `65,000`, `1.25`, `0.0042`. */
export function shown(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 1000 || size === 0 ? 0 : size >= 1 ? 2 : 4;
  const text = value.toLocaleString("en-US", { maximumFractionDigits: decimals });
  return text === "-0" ? "0" : text.replace("-", "\u2212");
}
