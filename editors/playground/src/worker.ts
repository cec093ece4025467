/** Python with the compiler in it, in a worker; questions are answered in their order. */

import { loadPyodide } from "pyodide";
import market from "../python/market.py";
import playground from "../python/playground.py";

const HERE = new URL("python/", self.location.href).href;

async function begin(): Promise<(question: string) => string> {
  postMessage({ stage: "Loading Python" });
  const [python, packed] = await Promise.all([
    loadPyodide({ indexURL: HERE }),
    fetch(`${HERE}rfos.tar.gz`).then((response) => response.arrayBuffer()),
  ]);
  postMessage({ stage: "Loading the compiler" });
  python.unpackArchive(packed, "gztar", { extractDir: "/rfos" });
  python.FS.writeFile("/rfos/market.py", market);
  python.FS.writeFile("/rfos/playground.py", playground);
  return python.runPython(`
import sys
sys.path.insert(0, "/rfos")
from playground import answer
answer`);
}

const answering = begin();
answering.then(
  () => postMessage({ stage: "ready" }),
  (reason) => postMessage({ stage: "broken", reason: String(reason) }),
);

self.onmessage = async ({ data: { id, question } }: MessageEvent<{ id: number; question: string }>) => {
  const answer = await answering;
  try {
    postMessage({ id, answer: answer(question) });
  } catch (reason) {
    postMessage({ id, error: String(reason) });
  }
};
