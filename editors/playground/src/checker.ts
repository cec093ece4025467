/** What the page asks of a checker, whoever answers: here a worker with the compiler in it. */

import type { Curve } from "../../vscode/src/payoff/payoff";

export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly explanation: string;
  readonly message: string;
  readonly help: string | null;
  readonly severity: "error" | "warning";
  readonly from: number;
  readonly to: number;
  readonly line: number;
  /** As `rfos check` prints it, with its place pointed at. */
  readonly rendered: string;
  readonly fixes: readonly Fix[];
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly default: string | null;
}

export interface Contract {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

export interface Hover {
  readonly lines: readonly string[];
  readonly doc: string;
  readonly from: number;
  readonly to: number;
}

export interface Completion {
  readonly label: string;
  readonly kind: string;
  readonly detail: string;
  readonly insert: string;
  readonly doc: string;
}

export type Settings = Readonly<Record<string, string>>;

/** A contract as it can be executed: `rfos_lang/artefact/format.py` says what the bytes are. */
export interface Artefact {
  readonly module: string;
  readonly hash: string;
  readonly terms: string;
  readonly start: string;
  /** Where an event has its fields, for the feed whose price moves. */
  readonly event: {
    readonly size: number;
    readonly moved: number;
    readonly known: number;
    readonly bit: number;
    readonly observation: number;
  };
  readonly assets: readonly { readonly name: string; readonly places: number }[];
  readonly contract: string;
  readonly party: string;
  readonly asset: string;
  readonly cash: string;
  readonly prices: readonly number[];
  readonly levels: Readonly<Record<string, number>>;
  /** The term sheet, a line each, as `rfos check` prints it. */
  readonly summary: readonly string[];
  /** The market's price, and the value along the axis by closed form; of a market only. */
  readonly spot?: number;
  readonly today?: Curve | null;
  readonly value?: Value;
  /** Why there is no value in the market. */
  readonly unvalued?: readonly string[];
}

/** What a contract is worth, as `rfos greeks` tells it. */
export interface Value {
  readonly said: readonly (readonly [label: string, text: string])[];
  readonly greeks: readonly (readonly [measure: string, by: string, value: string])[];
  readonly document: unknown;
}

/** Why there is no answer, in sentences. */
export class Refusal extends Error {
  constructor(readonly reasons: readonly { source: string; message: string }[]) {
    super(reasons.map((each) => each.message).join("\n"));
  }
}

export interface Checker {
  /** Fulfilled when the checker can answer; `told` hears how far it is. */
  ready(told: (stage: string) => void): Promise<void>;
  problems(text: string): Promise<{ problems: Problem[]; contracts: Contract[] }>;
  format(text: string): Promise<{ edits: TextEdit[] }>;
  hover(text: string, at: number): Promise<Hover | null>;
  complete(text: string, at: number): Promise<{ from: number; options: Completion[] }>;
  artefact(text: string, contract: string, settings: Settings, market: Settings): Promise<Artefact>;
  /** Why the compiler's own reading of a contract draws no payoff. */
  refusal(text: string, contract: string, settings: Settings, market: Settings): Promise<never>;
}
