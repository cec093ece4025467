/** What the server answers to a command of a code lens: the document that `rfos COMMAND --json` prints,
 * with the text that it prints without `--json`. */

import type { Payoff } from "./payoff/payoff";

export const COMMANDS = ["rfos.price", "rfos.payoff", "rfos.verify", "rfos.test"] as const;
export type Command = (typeof COMMANDS)[number];

export interface Told {
  readonly ok: boolean;
  readonly text?: string;
  readonly message?: string;
  readonly diagnostics?: readonly { readonly code: string; readonly message: string }[];
}

/** How an answer is shown: as a picture, or as a line and, where there is more to say, a text. */
export type Shown =
  | { readonly kind: "picture"; readonly payoff: Payoff }
  | { readonly kind: "text"; readonly failed: boolean; readonly line: string; readonly text: string };

export function isCommand(name: string): name is Command {
  return (COMMANDS as readonly string[]).includes(name);
}

/** The answer to a command as it is shown; undefined where the server said nothing. */
export function shown(command: Command, answer: unknown): Shown | undefined {
  if (!isTold(answer)) return undefined;
  if (command === "rfos.payoff" && isPayoff(answer)) return { kind: "picture", payoff: answer };
  const text = (answer.text ?? answer.message ?? "").trimEnd();
  const line = answer.ok ? firstLine(text) : failure(answer, text);
  return { kind: "text", failed: !answer.ok, line, text };
}

function failure(answer: Told, text: string): string {
  const first = answer.diagnostics?.[0];
  return first ? `${first.code}: ${first.message}` : firstLine(text) || "The command failed.";
}

function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0]!.trimEnd();
}

function isTold(answer: unknown): answer is Told {
  return typeof answer === "object" && answer !== null && typeof (answer as Told).ok === "boolean";
}

function isPayoff(answer: object): answer is Payoff {
  const paid = (answer as Partial<Payoff>).paid;
  return Array.isArray(paid?.prices) && Array.isArray(paid.amounts) && paid.prices.length > 1;
}
