/** A contract with its terms in the part of an address that no server sees. */

import type { Settings } from "./checker";

export interface Shared {
  readonly text: string;
  readonly contract: string;
  readonly settings: Settings;
  readonly market?: Settings;
}

export async function packed(shared: Shared): Promise<string> {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(shared)));
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What an address holds; null if it holds nothing that can be read. */
export async function read(hash: string): Promise<Shared | null> {
  try {
    const letters = atob(hash.replace(/^#/, "").replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const found = JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes)));
    return typeof found.text === "string" && typeof found.contract === "string" && typeof found.settings === "object" ? found : null;
  } catch {
    return null;
  }
}

async function through(stream: CompressionStream | DecompressionStream, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}
