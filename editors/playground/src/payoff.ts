/** What a contract pays, beside its text: its artefact is executed for each point of the picture, and
 * again for the price under the slider. */

import { picture, type Picture } from "../../vscode/src/payoff/picture";
import type { Payoff } from "../../vscode/src/payoff/payoff";
import { shown } from "../../vscode/src/payoff/scale";
import type { Artefact } from "./checker";
import { curve } from "./curve";
import { node } from "./editor";
import { Execution } from "./execution";
import { showValue } from "./value";

const element = (id: string) => document.getElementById(id)!;

const STEPS = 1000;
const canvas = element("picture");
const cursor = element("cursor");
const veil = element("veil");
const slider = element("spot") as HTMLInputElement;

let drawn: { payoff: Payoff; execution: Execution; picture: Picture } | undefined;
/** The price under the slider, kept while the contract observes the same asset. */
let spot: number | undefined;
let observed = "";

/** Executes and draws. Raises NotDrawn. */
export async function draw(artefact: Artefact): Promise<Payoff> {
  const execution = await Execution.of(artefact);
  const { contract, party, asset, cash, levels } = artefact;
  const paid = curve(artefact.prices, (price) => execution.paid(price));
  const payoff: Payoff = { contract, party, asset, cash, spot: artefact.spot ?? null, levels, paid, today: artefact.today ?? null };
  if (observed !== `${asset}/${cash}`) spot = undefined;
  observed = `${asset}/${cash}`;
  drawn = { payoff, execution, picture: sized(payoff) };
  element("title").textContent = `${contract}, to ${party}`;
  veil.replaceChildren();
  stale(false);
  element("reading").hidden = false;
  describe(artefact);
  showValue(artefact);
  const { low, high } = drawn.picture.across;
  spot = Math.min(Math.max(spot ?? artefact.spot ?? Object.values(levels)[0] ?? (low + high) / 2, low), high);
  look(spot);
  return payoff;
}

/** The picture is of an older text. */
export function stale(is: boolean): void {
  element("stage").classList.toggle("stale", is);
}

/** Says why there is no picture, in its place. */
export function refuse(reasons: readonly string[]): void {
  drawn = undefined;
  canvas.replaceChildren();
  cursor.hidden = true;
  element("reading").hidden = true;
  element("sheet").hidden = true;
  showValue({});
  element("title").textContent = "Payoff";
  veil.replaceChildren(node("strong", "", "No picture"), ...reasons.map((each) => node("p", "", each)));
}

function sized(payoff: Payoff): Picture {
  const width = Math.max(canvas.clientWidth, 280);
  const made = picture(payoff, { width, height: Math.round(Math.min(Math.max(width * 0.5, 240), 300)) });
  canvas.innerHTML = made.svg;
  return made;
}

/** Executes at a price and shows what is paid there. */
function look(price: number): void {
  if (!drawn) return;
  const { payoff, execution, picture } = drawn;
  spot = price;
  const amount = execution.paid(price);
  const { low, high } = picture.across;
  slider.value = String(Math.round(((price - low) / (high - low)) * STEPS));
  slider.setAttribute("aria-valuetext", `${shown(price)} ${payoff.cash}`);
  element("price").textContent = `${shown(price)} ${payoff.cash}`;
  const told = element("amount");
  told.textContent = `${amount > 0 ? "+" : ""}${shown(amount)} ${payoff.cash}`;
  told.dataset.side = amount > 0 ? "gain" : amount < 0 ? "loss" : "none";
  cursor.hidden = false;
  cursor.style.left = `${picture.across.place(price)}px`;
  cursor.style.setProperty("--at", `${picture.up.place(amount)}px`);
}

function describe({ summary, hash, module }: Artefact): void {
  const list = element("summary");
  const rows = summary.map((line) => /^(moves|ends|value|margin|lots)?\s*(.*)$/.exec(line)!);
  list.replaceChildren(
    ...rows.flatMap(([, name, words]) => (name ? [node("dt", "", name), node("dd", "", words)] : [node("dd", "", words)])),
  );
  const told = element("artefact");
  told.replaceChildren("WebAssembly ", node("code", "", hash.slice(0, 16)), ` ${(module.length / 2 / 1024).toFixed(1)} KiB, executed here`);
  told.title = hash;
  element("sheet").hidden = false;
}

slider.addEventListener("input", () => {
  if (!drawn) return;
  const { low, high } = drawn.picture.across;
  look(low + (Number(slider.value) / STEPS) * (high - low));
});
canvas.addEventListener("pointermove", (event) => {
  if (!drawn || (event.pointerType !== "mouse" && !event.buttons)) return;
  const price = drawn.picture.across.value(event.clientX - canvas.getBoundingClientRect().left);
  if (price >= drawn.picture.across.low && price <= drawn.picture.across.high) look(price);
});
new ResizeObserver(() => {
  if (!drawn || canvas.clientWidth === 0) return;
  drawn.picture = sized(drawn.payoff);
  if (spot !== undefined) look(spot);
}).observe(canvas);
