/** What a contract is worth in the market of the page: the compiler's figures, as it writes them. */

import type { Artefact } from "./checker";
import { node } from "./editor";

const element = (id: string) => document.getElementById(id)!;

/** Shows the value and its Greeks, or why there are none; nothing where there is no market. */
export function showValue({ value, unvalued }: Pick<Artefact, "value" | "unvalued">): void {
  element("value").hidden = !value && !unvalued;
  element("worth").replaceChildren(...(value?.said ?? []).flatMap(row));
  element("greeks").replaceChildren(...(value?.greeks ?? []).flatMap(([measure, by, figure]) => row([by ? `${measure} by ${by}` : measure, figure])));
  element("unvalued").replaceChildren(...(unvalued ?? []).map((each) => node("p", "", each)));
}

function row([label, text]: readonly [string, string]): HTMLElement[] {
  return [node("dt", "", label), node("dd", "", text)];
}
