// The program of W14, which runs in processes of its own: imports a client, makes one, and prints its first answers and how
// long each part took. Its arguments: the module of the client, its engine, the file of the document, and what it expects.

import { readFileSync } from "node:fs";
import process from "node:process";

const [module, engine, file, expected, form] = process.argv.slice(2);

/** What a fetcher needs to give back: a `Response` of the runtime, or as much of one as the clients read. */
function responseOf(bytes) {
  if (form === "Response") return new Response(bytes);
  return {
    ok: true,
    status: 200,
    statusText: "OK",
    headers: { get: () => null },
    arrayBuffer: () => Promise.resolve(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
    text: () => Promise.resolve(bytes.toString()),
    json: () => Promise.resolve(JSON.parse(bytes.toString())),
  };
}

async function main() {
  const bytes = readFileSync(file);
  if (module === "") return process.stdout.write("{}\n", () => process.exit(0));
  const start = performance.now();
  const { FliptClient } = await import(module);
  const imported = performance.now();
  const client = await FliptClient.init({
    updateInterval: 0,
    fetcher: () => Promise.resolve(responseOf(bytes)),
    ...(engine === "" ? {} : { engine }),
  });
  const made = performance.now();
  const first = client.evaluateVariant({ flagKey: "service-flag-0", entityId: "user-1", context: {} });
  const answered = performance.now();
  if (first.variantKey !== expected) throw new Error(`the answer is ${JSON.stringify(first)}`);
  const parts = { import: imported - start, init: made - imported, first: answered - made };
  process.stdout.write(`${JSON.stringify(parts)}\n`, () => process.exit(0));
}

main();
