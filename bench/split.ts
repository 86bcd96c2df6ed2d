// Compares evaluation in the library with evaluation in TypeScript: time by the size of a flag, time to the first
// answer, and memory per Worker. docs/architecture.md has the decision that is based on it.

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { CompiledState, Engine, SharedStateHandle } from "../engines/engine.ts";
import { followNativeState, openNativeEngine } from "../engines/native/mod.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { tableLines } from "../tasks/table.ts";
import { taskArguments } from "../tasks/usage.ts";
import { documentJson } from "./flipt_document.ts";
import { entityIds, type Flag } from "./flags.ts";
import { collectGarbage } from "./memory.ts";
import { timeInTurns } from "./measure.ts";

const USAGE = `usage: deno task bench:split

Compares evaluation in the native engine's library with evaluation in TypeScript: time, first answer and memory.

  --help   show this help`;

const NAMESPACE = "default";
const LIST_LENGTH = 10_000;
const WORKER_COUNT = 4;
const WHERE = ["script", "library"] as const;

type Where = typeof WHERE[number];

/** The data of a Worker of the memory measurement. */
interface Holding {
  readonly where: Where;
  readonly count: number;
  readonly document: string;
  readonly handle: SharedStateHandle | undefined;
}

/** Returns a flag with `rules` rules of four comparisons, of which the last rule matches. */
function ruledFlag(key: string, rules: number): Flag {
  return {
    kind: "variant",
    key,
    rules: Array.from({ length: rules }, (_, rule) => ({
      conditions: ["a", "b", "c", "d"].map((property) => ({
        property,
        value: property === "d" && rule < rules - 1 ? `not-${rule}` : "x",
      })),
      variants: rule === rules - 1 ? ["on"] : [`of-rule-${rule}`],
    })),
  };
}

/** Returns a flag of one rule with a list. */
function listFlag(key: string, length: number): Flag {
  const value = Array.from({ length }, (_, n) => `tenant-${key}-${n}`);
  return { kind: "variant", key, rules: [{ conditions: [{ property: "tenant", value }], variants: ["on"] }] };
}

async function compiled(engine: Engine, document: string): Promise<CompiledState> {
  const compilation = engine.compile("document", NAMESPACE);
  compilation.write(new TextEncoder().encode(document));
  return await compilation.finish();
}

/** Returns an engine that evaluates every flag in `where`. */
async function engineFor(where: Where): Promise<Engine> {
  return where === "script" ? portableEngine() : await openNativeEngine({ smallInScript: false });
}

const SIZES: readonly (readonly [string, Flag, Readonly<Record<string, string>>])[] = [
  ...[1, 4, 16, 64, 256].map((rules) =>
    [`${rules * 4} comparisons`, ruledFlag(`rules-${rules}`, rules), {
      a: "x",
      b: "x",
      c: "x",
      d: "x",
    }] as const
  ),
  ...[10, 1_000, 100_000].map((length) =>
    [
      `a list of ${length}`,
      listFlag(`list-${length}`, length),
      { tenant: `tenant-list-${length}-${length - 1}` },
    ] as const
  ),
];

/** Measures nanoseconds per evaluation, and microseconds to the first answer of a flag. */
async function times(): Promise<string[][]> {
  const document = documentJson(SIZES.map(([, flag]) => flag));
  const states = new Map<Where, CompiledState>();
  const first = new Map<string, number>();
  for (const where of WHERE) {
    const state = await compiled(await engineFor(where), document);
    states.set(where, state);
    for (const [title, { key }, context] of SIZES) {
      const start = performance.now();
      const { variantKey } = state.evaluateVariant(key, "user-1", context);
      first.set(`${where} ${title}`, (performance.now() - start) * 1000);
      if (variantKey !== "on") throw new Error(`${title} answers ${variantKey}`);
    }
  }
  const candidates = SIZES.flatMap(([title, { key }, context]) =>
    WHERE.map((where) => ({
      name: `${where} ${title}`,
      opened: {
        target: states.get(where) ?? {},
        call: `target.evaluateVariant(${JSON.stringify(key)}, request.entityId, request.context)`,
      },
      requests: entityIds().map((entityId) => ({ entityId, context })),
    }))
  );
  const timings = await timeInTurns(candidates, {
    rounds: 15,
    roundMs: 30,
    warmUpMs: 200,
    isQuick: false,
  });
  const median = (name: string): number => timings.find((each) => each.name === name)?.median ?? NaN;
  return SIZES.map(([title]) => [
    title,
    ...WHERE.map((where) => median(`${where} ${title}`).toFixed(0)),
    ...WHERE.map((where) => (first.get(`${where} ${title}`) ?? NaN).toFixed(0)),
  ]);
}

/** Measures the kilobytes of resident memory that a Worker adds when it evaluates `count` flags with long lists. */
async function memory(where: Where, count: number): Promise<number> {
  const document = documentJson(Array.from({ length: count }, (_, n) => listFlag(`list-${n}`, LIST_LENGTH)));
  const engine = await openNativeEngine();
  const state = where === "library" ? await compiled(engine, document) : undefined;
  const publisher = state && engine.share?.(state, NAMESPACE);
  const holding: Holding = { where, count, document, handle: publisher?.handle };
  const workers = Array.from(
    { length: WORKER_COUNT },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: holding }),
  );
  const runInWorkers = async (command: string): Promise<void> => {
    for (const worker of workers) {
      await new Promise<void>((resolve, reject) => {
        worker.once("error", reject);
        worker.once("message", () => resolve());
        worker.postMessage(command);
      });
    }
    collectGarbage();
    await sleep(200);
  };
  await runInWorkers("warm up");
  const before = process.memoryUsage().rss;
  await runInWorkers("evaluate");
  await runInWorkers("collect");
  const grown = process.memoryUsage().rss - before;
  for (const worker of workers) await worker.terminate();
  publisher?.close();
  return grown / 1024 / WORKER_COUNT;
}

/** Measures the bytes of heap per small flag in a thread that has evaluated 10,000 of them. */
async function bytesPerSmallFlag(where: Where): Promise<number> {
  const count = 10_000;
  // Does not keep the document, whose collection would otherwise be counted.
  const state = await compiled(
    await openNativeEngine({ smallInScript: where === "script" }),
    documentJson(Array.from({ length: count }, (_, n) => ruledFlag(`small-${n}`, 1))),
  );
  const settle = async (): Promise<number> => {
    for (let round = 0; round < 5; round++) {
      await sleep(20);
      collectGarbage();
    }
    return process.memoryUsage().heapUsed;
  };
  const before = await settle();
  for (let n = 0; n < count; n++) state.evaluateVariant(`small-${n}`, "user-1", {});
  await settle();
  const bytes = (await settle() - before) / count;
  state.release();
  return bytes;
}

/** Kept, so that it is not collected. */
let state: CompiledState | undefined;

/** Runs a command in a Worker of the memory measurement. */
async function run(command: string, { where, count, document, handle }: Holding): Promise<void> {
  if (command === "warm up") {
    const small = documentJson([ruledFlag("small", 1)]);
    (await compiled(await engineFor(where), small)).evaluateVariant("small", "user-1", {});
  }
  if (command === "evaluate") {
    state = handle === undefined
      ? await compiled(portableEngine(), document)
      : (await followNativeState(handle)).follower.current();
    for (let n = 0; n < count; n++) {
      state.evaluateVariant(`list-${n}`, "user-1", { tenant: `tenant-list-${n}-1` });
    }
  }
  collectGarbage();
}

async function main(): Promise<void> {
  taskArguments(USAGE);
  for (const where of WHERE) {
    console.log(
      `a small flag in ${where}: ${(await bytesPerSmallFlag(where)).toFixed(0)} bytes of heap per thread`,
    );
  }
  const right = "right" as const;
  const columns = WHERE.flatMap((where) => [{ title: `${where}, ns`, align: right }]);
  const firsts = WHERE.map((where) => ({ title: `first answer, ${where}, µs`, align: right }));
  console.log(tableLines([{ title: "one flag" }, ...columns, ...firsts], await times()).join("\n"));
  const rows: string[][] = [];
  for (const count of [1, 10, 100]) {
    const row = [`${count} flags with a list of ${LIST_LENGTH}`];
    for (const where of WHERE) row.push((await memory(where, count)).toFixed(0));
    rows.push(row);
  }
  const kilobytes = WHERE.map((where) => ({ title: `${where}, KB`, align: right }));
  console.log(`\n${tableLines([{ title: "memory per Worker" }, ...kilobytes], rows).join("\n")}`);
}

if (isMainThread) await main();
else {
  parentPort?.on("message", (command: string) => {
    void run(command, workerData as Holding).then(() => parentPort?.postMessage("done"));
  });
}
