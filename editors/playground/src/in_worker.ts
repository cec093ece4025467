/** The checker in a worker, so that typing never waits for it. */

import { Refusal, type Checker } from "./checker";

type Waiting = { resolve(value: never): void; reject(reason: Error): void };

export function inWorker(address: string): Checker {
  const worker = new Worker(address, { type: "module" });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let hear: (stage: string) => void = () => {};
  let begun: () => void;
  let broken: (reason: Error) => void;
  const started = new Promise<void>((resolve, reject) => {
    begun = resolve;
    broken = reject;
  });
  worker.onerror = (event) => broken(new Error(event.message || "the worker did not start"));
  worker.onmessage = ({ data }) => {
    if (data.stage === "ready") begun();
    else if (data.stage === "broken") broken(new Error(data.reason));
    else if (data.stage) hear(data.stage);
    else settle(data);
  };

  function settle({ id, answer, error }: { id: number; answer?: string; error?: string }): void {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (!asked) return;
    if (error !== undefined) return asked.reject(new Error(error));
    const value = JSON.parse(answer!);
    if (value?.failure) asked.reject(new Refusal(value.failure));
    else asked.resolve(value as never);
  }

  async function ask<Result>(method: string, ...given: unknown[]): Promise<Result> {
    await started;
    const id = ++last;
    return new Promise<Result>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, question: JSON.stringify({ method, arguments: given }) });
    });
  }

  return {
    ready(told) {
      hear = told;
      return started;
    },
    problems: (text) => ask("problems", text),
    format: (text) => ask("format", text),
    hover: (text, at) => ask("hover", text, at),
    complete: (text, at) => ask("complete", text, at),
    artefact: (...asked) => ask("artefact", ...asked),
    refusal: (...asked) => ask("refusal", ...asked),
  };
}
