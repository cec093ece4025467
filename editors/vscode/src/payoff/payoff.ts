/** What the language server answers to `rfos.payoff`: the document of `rfos payoff --json`. */

export interface Curve {
  readonly prices: readonly number[];
  readonly amounts: readonly number[];
}

export interface Payoff {
  readonly contract: string;
  /** Whose view it is: amounts above zero are received by this side. */
  readonly party: string;
  /** Whose price moves, and what is paid in. */
  readonly asset: string;
  readonly cash: string;
  readonly spot: number | null;
  readonly levels: Readonly<Record<string, number>>;
  readonly paid: Curve;
  /** The value under the market, where there is one. */
  readonly today: Curve | null;
}

/** The value of a curve at a price, straight between its points; null outside of them. */
export function amountAt(curve: Curve, price: number): number | null {
  const { prices, amounts } = curve;
  const above = prices.findIndex((each) => each >= price);
  if (above < 0) return null;
  const upper = prices[above]!;
  if (upper === price) return amounts[above]!;
  if (above === 0) return null;
  const lower = prices[above - 1]!;
  const weight = (price - lower) / (upper - lower);
  return amounts[above - 1]! * (1 - weight) + amounts[above]! * weight;
}
