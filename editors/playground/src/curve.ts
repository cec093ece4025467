/** The amounts at the prices of a grid, and on both sides of each jump between them: the curve that
 * `rfos payoff` draws, point for point. */

import type { Curve } from "../../vscode/src/payoff/payoff";

/** How exactly, relative to the price, a jump is found. */
const JUMP = 1e-7;
/** A change of which half the way has more than this part is no slope. */
const STEEP = 0.9;

type Point = readonly [price: number, amount: number];

export function curve(prices: readonly number[], amount: (price: number) => number): Curve {
  const found: Point[] = prices.map((price) => [price, amount(price)]);
  const points = [...found];
  for (let at = 1; at < found.length; at++) points.push(...jump(found[at - 1]!, found[at]!, amount));
  points.sort((left, right) => left[0] - right[0] || left[1] - right[1]);
  const kept = points.filter((each, at) => at === 0 || each[0] !== points[at - 1]![0] || each[1] !== points[at - 1]![1]);
  return { prices: kept.map(([price]) => price), amounts: kept.map(([, each]) => each) };
}

function jump(low: Point, high: Point, amount: (price: number) => number): Point[] {
  while (high[0] - low[0] > JUMP * high[0]) {
    const price = (low[0] + high[0]) / 2;
    const middle: Point = [price, amount(price)];
    const change = Math.abs(high[1] - low[1]);
    if (Math.abs(middle[1] - low[1]) > STEEP * change) high = middle;
    else if (Math.abs(high[1] - middle[1]) > STEEP * change) low = middle;
    else return [];
  }
  return [low, high];
}
