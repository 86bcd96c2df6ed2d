// What evaluating in the library buys, and what evaluating in script costs: time by the size of a flag, the first answer,
// and memory a Worker. The decision that rests on it is in docs/architecture.md.

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { CompiledState, Engine, SharedStateHandle } from "../engines/engine.ts";
import { followNativeState, openNativeEngine } from "../engines/native/mod.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { tableLines } from "../tasks/table.ts";
import { taskArguments } from "../tasks/usage.ts";
import { fliptDocument } from "./flipt_document.ts";
import { entityIds, type Flag } from "./flags.ts";
import { collectGarbage } from "./memory.ts";
import { timeInTurns } from "./measure.ts";

const USAGE = `usage: deno task bench:split

Measures what the native engine gains and loses by evaluating a flag in its library in place of JavaScript.

  --help   this text`;

const NAMESPACE = "default";
const LIST_LENGTH = 10_000;
const WORKERS = 4;
const WHERE = ["script", "library"] as const;

type Where = typeof WHERE[number];

/** What a Worker of the memory measurement holds. */
interface Holding {
  readonly where: Where;
  readonly count: number;
  readonly document: string;
  readonly handle: SharedStateHandle | undefined;
}

/** A flag of `rules` rules of four comparisons, of which the last rule matches. */
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

/** A flag of one rule with a list. */
function listFlag(key: string, length: number): Flag {
  const value = Array.from({ length }, (_, n) => `tenant-${key}-${n}`);
  return { kind: "variant", key, rules: [{ conditions: [{ property: "tenant", value }], variants: ["on"] }] };
}

async function compiled(engine: Engine, document: string): Promise<CompiledState> {
  const compilation = engine.compile("document", NAMESPACE);
  compilation.write(new TextEncoder().encode(document));
  return await compilation.finish();
}

/** The engine that evaluates everything in one place. */
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

/** Nanoseconds an evaluation, and microseconds until the first answer of a flag. */
async function times(): Promise<string[][]> {
  const document = fliptDocument(SIZES.map(([, flag]) => flag));
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
    roundMillis: 30,
    warmUpMillis: 200,
    isQuick: false,
  });
  const median = (name: string): number => timings.find((each) => each.name === name)?.median ?? NaN;
  return SIZES.map(([title]) => [
    title,
    ...WHERE.map((where) => median(`${where} ${title}`).toFixed(0)),
    ...WHERE.map((where) => (first.get(`${where} ${title}`) ?? NaN).toFixed(0)),
  ]);
}

/** Kilobytes of resident memory that a Worker adds when it evaluates `count` flags with long lists. */
async function memory(where: Where, count: number): Promise<number> {
  const document = fliptDocument(Array.from({ length: count }, (_, n) => listFlag(`list-${n}`, LIST_LENGTH)));
  const engine = await openNativeEngine();
  const state = where === "library" ? await compiled(engine, document) : undefined;
  const publisher = state && engine.share?.(state, NAMESPACE);
  const holding: Holding = { where, count, document, handle: publisher?.handle };
  const workers = Array.from(
    { length: WORKERS },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: holding }),
  );
  const answered = async (order: string): Promise<void> => {
    for (const worker of workers) {
      await new Promise<void>((resolve, reject) => {
        worker.once("error", reject);
        worker.once("message", () => resolve());
        worker.postMessage(order);
      });
    }
    collectGarbage();
    await sleep(200);
  };
  await answered("warm up");
  const before = process.memoryUsage().rss;
  await answered("evaluate");
  await answered("collect");
  const grown = process.memoryUsage().rss - before;
  for (const worker of workers) await worker.terminate();
  publisher?.close();
  return grown / 1024 / WORKERS;
}

/** Bytes of the heap that a small flag takes in a thread that has evaluated it, out of 10,000. */
async function bytesPerSmallFlag(where: Where): Promise<number> {
  const count = 10_000;
  // The document is not held, or its end would be counted.
  const state = await compiled(
    await openNativeEngine({ smallInScript: where === "script" }),
    fliptDocument(Array.from({ length: count }, (_, n) => ruledFlag(`small-${n}`, 1))),
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

let held: CompiledState | undefined;

/** A Worker of the memory measurement. */
async function obey(order: string, { where, count, document, handle }: Holding): Promise<void> {
  if (order === "warm up") {
    const small = fliptDocument([ruledFlag("small", 1)]);
    (await compiled(await engineFor(where), small)).evaluateVariant("small", "user-1", {});
  }
  if (order === "evaluate") {
    held = handle === undefined
      ? await compiled(portableEngine(), document)
      : (await followNativeState(handle)).follower.current();
    for (let n = 0; n < count; n++) {
      held.evaluateVariant(`list-${n}`, "user-1", { tenant: `tenant-list-${n}-1` });
    }
  }
  collectGarbage();
}

async function main(): Promise<void> {
  taskArguments(USAGE);
  for (const where of WHERE) {
    console.log(
      `a small flag in ${where}: ${(await bytesPerSmallFlag(where)).toFixed(0)} bytes of the heap a thread`,
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
  console.log(`\n${tableLines([{ title: "memory a Worker" }, ...kilobytes], rows).join("\n")}`);
}

if (isMainThread) await main();
else {
  parentPort?.on("message", (order: string) => {
    void obey(order, workerData as Holding).then(() => parentPort?.postMessage("done"));
  });
}
