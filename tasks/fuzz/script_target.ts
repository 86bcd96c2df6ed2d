// Fuzzes one target written in TypeScript, in a process of its own. Prints what came of it as JSON.

import process from "node:process";
import { writeCorpus } from "./corpus.ts";
import { fuzzTarget } from "./loop.ts";
import { TARGETS } from "./targets.ts";

/** An input that takes longer than this is not waited for. */
const HANGS_MS = 10_000;

/** Ends the process when an input is never done, and says which. */
function watchdog(): (input: Uint8Array) => void {
  const shared = new SharedArrayBuffer(1 << 14);
  const head = new Int32Array(shared, 0, 2);
  const bytes = new Uint8Array(shared, 8);
  const source = `
    onmessage = ({ data: { shared, limit } }) => {
      const head = new Int32Array(shared, 0, 2);
      let last = -1;
      let since = Date.now();
      setInterval(() => {
        if (head[0] !== last) { last = head[0]; since = Date.now(); }
        if (Date.now() - since < limit) return;
        const input = [...new Uint8Array(shared, 8, head[1])].map((byte) => String.fromCharCode(byte)).join("");
        console.log(JSON.stringify({ finding: { problem: "it does not finish", input } }));
        since = Infinity;
      }, 500);
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([source])), { type: "module" });
  worker.postMessage({ shared, limit: HANGS_MS });
  return (input) => {
    head[0] = (head[0] as number) + 1;
    head[1] = input.length;
    bytes.set(input);
  };
}

const [name = "", seconds = "1", seed = "1", merge] = process.argv.slice(2);
const target = TARGETS.find((each) => each.name === name);
if (target === undefined) throw new TypeError(`there is no target ${name}`);
const { needed, ...outcome } = await fuzzTarget(target, {
  seconds: Number(seconds),
  seed: Number(seed),
  onInput: watchdog(),
});
if (merge === "merge" && outcome.finding === undefined) writeCorpus(name, needed);
console.log(JSON.stringify(outcome));
process.exit(0);
