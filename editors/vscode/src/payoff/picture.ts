/** A payoff as a picture in SVG; its colours are classes, which the page around it fills. */

import { amountAt, type Curve, type Payoff } from "./payoff";
import { scale, shown, ticks, type Scale } from "./scale";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A picture, and the scales to read a place on it. */
export interface Picture {
  readonly svg: string;
  readonly across: Scale;
  readonly up: Scale;
}

const MARGIN = { top: 56, right: 20, bottom: 48, left: 76 };
const LETTER = 7;

export function picture(payoff: Payoff, { width, height }: Size): Picture {
  const across = scale(...extent(payoff.paid.prices), MARGIN.left, width - MARGIN.right);
  const amounts = [...payoff.paid.amounts, ...(payoff.today?.amounts ?? []), 0];
  const up = scale(...padded(extent(amounts)), height - MARGIN.bottom, MARGIN.top);
  const parts = [
    grid(across, up, width, height),
    area(payoff.paid, across, up),
    marks(payoff, across, height),
    payoff.today ? line("today", payoff.today, across, up) : "",
    line("paid", payoff.paid, across, up),
    heading(payoff, width),
    text(width - MARGIN.right, height - 8, `price of ${payoff.asset} in ${payoff.cash}`, "tick", "end"),
  ];
  const label = `What ${payoff.contract} pays ${payoff.party}`;
  return { svg: element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, parts.join("")), across, up };
}

/** What stands at a price: a line of text for each curve. */
export function reading(payoff: Payoff, price: number): string[] {
  const { asset, cash, party, paid, today } = payoff;
  const told = (curve: Curve, words: string) => {
    const amount = amountAt(curve, price);
    return amount === null ? [] : [`${words} ${shown(amount)} ${cash}`];
  };
  return [
    `${asset} at ${shown(price)} ${cash}`,
    ...told(paid, `paid to ${party}`),
    ...(today ? told(today, "worth today") : []),
  ];
}

function grid(across: Scale, up: Scale, width: number, height: number): string {
  const bottom = height - MARGIN.bottom;
  const columns = ticks(across.low, across.high, Math.max(2, Math.floor(width / 110)));
  const rows = ticks(up.low, up.high, Math.max(2, Math.floor(height / 60)));
  return [
    ...rows.map((value) => {
      const y = round(up.place(value));
      const name = value === 0 ? "zero" : "grid";
      return (
        element("line", { class: name, x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }) +
        text(MARGIN.left - 8, y + 4, shown(value), "tick", "end")
      );
    }),
    ...columns.map((value) => {
      const x = round(across.place(value));
      return (
        element("line", { class: "notch", x1: x, x2: x, y1: bottom, y2: bottom + 5 }) +
        text(x, bottom + 19, shown(value), "tick", "middle")
      );
    }),
  ].join("");
}

/** What is received above zero and what is owed below it, between the curve and zero. */
function area(curve: Curve, across: Scale, up: Scale): string {
  const { prices } = curve;
  const zero = round(up.place(0));
  const above = points(signed(curve, 1), across, up);
  const below = points(signed(curve, -1), across, up);
  const [first, last] = [prices[0]!, prices[prices.length - 1]!].map((each) => round(across.place(each)));
  const closed = (middle: string) => `M${first},${zero}L${middle}L${last},${zero}Z`;
  return element("path", { class: "gain", d: closed(above) }) + element("path", { class: "loss", d: closed(below) });
}

/** The part of a curve on one side of zero, with the places where it crosses. */
function signed({ prices, amounts }: Curve, side: 1 | -1): Curve {
  const kept: [number, number][] = [];
  prices.forEach((price, at) => {
    const amount = amounts[at]!;
    const before = amounts[at - 1];
    if (before !== undefined && before * amount < 0) {
      const earlier = prices[at - 1]!;
      kept.push([earlier + ((price - earlier) * before) / (before - amount), 0]);
    }
    kept.push([price, side * Math.max(side * amount, 0)]);
  });
  return { prices: kept.map(([price]) => price), amounts: kept.map(([, amount]) => amount) };
}

function line(name: string, curve: Curve, across: Scale, up: Scale): string {
  return element("path", { class: name, d: `M${points(curve, across, up)}` });
}

function points({ prices, amounts }: Curve, across: Scale, up: Scale): string {
  return prices.map((price, at) => `${round(across.place(price))},${round(up.place(amounts[at]!))}`).join("L");
}

/** The price now and the levels that the contract names, each written where no other is. */
function marks(payoff: Payoff, across: Scale, height: number): string {
  const named: [string, number, string][] = Object.entries(payoff.levels).map(([name, price]) => [name, price, "level"]);
  if (payoff.spot !== null) named.push(["now", payoff.spot, "spot"]);
  const shownOnes = named.filter(([, price]) => price >= across.low && price <= across.high);
  shownOnes.sort(([, left], [, right]) => left - right);
  const ends = [-Infinity, -Infinity];
  return shownOnes
    .map(([name, price, kind]) => {
      const x = round(across.place(price));
      const half = (name.length * LETTER) / 2 + 4;
      const row = x - half > ends[0]! ? 0 : 1;
      ends[row] = x + half;
      return (
        element("line", { class: kind, x1: x, x2: x, y1: MARGIN.top, y2: height - MARGIN.bottom }) +
        text(x, MARGIN.top - 4 - 12 * row, name, `mark ${kind}`, "middle")
      );
    })
    .join("");
}

function heading(payoff: Payoff, width: number): string {
  const { contract, party, cash, today } = payoff;
  const legend = today ? [["paid", "paid"], ["today", "worth today"]] : [["paid", "paid"]];
  let right = width - MARGIN.right;
  const entries = legend.reverse().map(([kind, words]) => {
    const start = right - words!.length * LETTER;
    right = start - 40;
    return (
      element("line", { class: kind!, x1: start - 26, x2: start - 6, y1: 18, y2: 18 }) +
      text(start, 22, words!, "tick", "start")
    );
  });
  return text(0, 22, `${contract}, to ${party} in ${cash}`, "title", "start") + entries.join("");
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function padded([low, high]: [number, number]): [number, number] {
  const room = (high - low || 1) * 0.06;
  return [low < 0 ? low - room : low, high + room];
}

function element(name: string, attributes: Record<string, string | number>, inside = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join("")}>${inside}</${name}>`;
}

function text(x: number, y: number, words: string, name: string, anchor: string): string {
  return element("text", { class: name, x, y, "text-anchor": anchor }, escaped(words));
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function round(place: number): number {
  return Math.round(place * 10) / 10;
}
