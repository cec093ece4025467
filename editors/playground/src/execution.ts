/** A contract's own WebAssembly, executed: what it pays if the price moves somewhere and stays. */

import type { Artefact } from "./checker";
import { settled } from "./decimal";

const ROW = 32;
const OUTCOME = 32;
const POSTING = 48;
const CAPACITY = 256;
const NEVER = -(1n << 63n);
const PAGE = 65_536;

interface Exports extends WebAssembly.Exports {
  memory: WebAssembly.Memory;
  start(rows: number, count: number): void;
  fire(rows: number, count: number): void;
}

/** The module was asked for something that it refuses, or this page cannot draw. */
export class NotDrawn extends Error {}

export class Execution {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly exports: Exports;
  private readonly place: Record<"terms" | "standing" | "next" | "event" | "outcome" | "postings", number>;
  private readonly standingSize: number;
  private readonly begun: { standing: Uint8Array; due: bigint | null };

  static async of(artefact: Artefact): Promise<Execution> {
    const { instance } = await WebAssembly.instantiate(unhexed(artefact.module), {});
    return new Execution(artefact, instance.exports as Exports);
  }

  private constructor(
    private readonly artefact: Artefact,
    exports: Exports,
  ) {
    const terms = unhexed(artefact.terms);
    this.exports = exports;
    this.standingSize = new DataView(terms.buffer).getInt32(4, true);
    let end = ROW;
    const placed = (size: number) => {
      const begin = end;
      end = Math.ceil((end + size) / 16) * 16;
      return begin;
    };
    this.place = {
      terms: placed(terms.length),
      standing: placed(this.standingSize),
      next: placed(this.standingSize),
      event: placed(artefact.event.size),
      outcome: placed(OUTCOME),
      postings: placed(POSTING * CAPACITY),
    };
    const missing = end - exports.memory.buffer.byteLength;
    if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
    this.view = new DataView(exports.memory.buffer);
    this.bytes = new Uint8Array(exports.memory.buffer);
    this.bytes.set(terms, this.place.terms);
    this.begun = this.begin();
  }

  /** All payments to the first party in cash, other assets at their price. */
  paid(price: number): number {
    let { standing, due } = this.begun;
    let total = 0;
    while (due !== null) {
      this.bytes.set(standing, this.place.standing);
      this.writeEvent(due, price);
      const outcome = this.called("fire");
      let now = 0;
      for (let row = 0; row < outcome.postings; row++) now += this.worth(row, price);
      total += now;
      standing = outcome.standing;
      due = outcome.due;
    }
    return total;
  }

  private begin(): { standing: Uint8Array; due: bigint | null } {
    const started = this.called("start");
    const start = BigInt(this.artefact.start);
    if (started.due !== start) return started;
    this.bytes.set(started.standing, this.place.standing);
    this.writeEvent(start, null);
    const fired = this.called("fire");
    if (fired.postings > 0) throw new NotDrawn("it pays at its start");
    return fired;
  }

  private called(what: "start" | "fire") {
    const { place, view } = this;
    const row = [place.terms, place.standing, place.event, place.next, place.outcome, place.postings, CAPACITY, 0];
    row.forEach((value, at) => view.setInt32(4 * at, value, true));
    this.exports[what](0, 1);
    const status = view.getInt32(place.outcome, true);
    if (status !== 0) throw new NotDrawn(`status ${status}`);
    const due = view.getBigInt64(place.outcome + 8, true);
    return {
      standing: this.bytes.slice(place.next, place.next + this.standingSize),
      due: due === NEVER ? null : due,
      postings: view.getInt32(place.outcome + 20, true),
    };
  }

  private writeEvent(instant: bigint, price: number | null): void {
    const { event } = this.artefact;
    const at = this.place.event;
    this.bytes.fill(0, at, at + event.size);
    this.view.setBigInt64(at, instant, true);
    if (price === null) return;
    const bit = 1n << BigInt(event.bit);
    this.view.setBigUint64(at + event.moved, bit, true);
    this.view.setBigUint64(at + event.known, bit, true);
    const seen = settled(price);
    this.view.setBigUint64(at + event.observation, BigInt.asUintN(64, seen), true);
    this.view.setBigInt64(at + event.observation + 8, seen >> 64n, true);
  }

  private worth(row: number, price: number): number {
    const at = this.place.postings + POSTING * row;
    const [payer, payee, asset] = [0, 4, 8].map((field) => this.view.getInt32(at + field, true));
    const side = (payee === 0 ? 1 : 0) - (payer === 0 ? 1 : 0);
    const { name, places } = this.artefact.assets[asset!]!;
    const amount = (side * Number(this.view.getBigInt64(at + 24, true))) / 10 ** places;
    if (name === this.artefact.cash) return amount;
    if (name === this.artefact.asset) return amount * price;
    throw new NotDrawn(`it pays ${name}`);
  }
}

function unhexed(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
