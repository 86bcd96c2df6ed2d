// What tests of the client bring in place of the system's own: a clock that they advance, an engine that counts its
// states, and the flags of a small shop.

import { readFileSync } from "node:fs";
import type { Compilation, CompiledState, Engine, InputFormat } from "../../engines/engine.ts";
import { portableEngine } from "../../engines/portable/mod.ts";
import type { FliptClient } from "../../src/client.ts";
import { createClient, initClient } from "../../src/client.ts";
import type { ClientOptions } from "../../src/options/client_options.ts";
import type { Clock, TimerOptions } from "../../core/clock.ts";
import type { DocumentJson } from "./server.ts";
import { overTransport } from "./transport.ts";

/** The flags of the shop, as Flipt of the given version sends them. */
export function shopDocument(version: 1 | 2 = 2): DocumentJson {
  return JSON.parse(readFileSync(new URL(`../fixtures/shop/v${version}.json`, import.meta.url), "utf8"));
}

/** The document with other members in one of its flags. */
export function withFlag(
  document: DocumentJson,
  key: string,
  members: Record<string, unknown>,
): DocumentJson {
  const flags = document.flags.map((flag) => flag.key === key ? { ...flag, ...members } : flag);
  return { ...document, flags };
}

/** A document with one boolean flag that has no rollouts. */
export function booleanDocument(namespace: string, key: string, enabled: boolean): DocumentJson {
  return { namespace: { key: namespace }, flags: [{ key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled }] };
}

/** A timer of the manual clock. */
export interface ManualTimer {
  /** How long it waits in all, in milliseconds. */
  readonly millis: number;
  /** Whether the process may end before it. */
  readonly background: boolean;
}

/** A clock that stands still until it is advanced. */
export class ManualClock implements Clock {
  /** What `random` gives. */
  chance = 0.5;
  /** Waits in the foreground that are not longer than this, in milliseconds, take no time: the retries of `init`. */
  skipped = 2_000;
  /** What the clock of the system was set by, in milliseconds: no timer depends on it. */
  set = 0;
  #now = Date.UTC(2030, 0, 1);
  readonly #timers = new Map<ManualTimer, { readonly at: number; readonly callback: () => void }>();
  readonly #waiting = new Set<() => void>();

  /** The timers that wait. */
  get timers(): readonly ManualTimer[] {
    return [...this.#timers.keys()];
  }

  now(): number {
    return this.#now + this.set;
  }

  elapsed(): number {
    return this.#now;
  }

  after(millis: number, callback: () => void, { background = false }: TimerOptions = {}): () => void {
    // It would never be due, and whoever lets time pass until it is would do so for ever.
    if (Number.isNaN(millis)) throw new TypeError("a timer waits for no number of milliseconds");
    if (!background && millis <= this.skipped) return soon(callback);
    const timer = { millis, background };
    this.#timers.set(timer, { at: this.#now + millis, callback });
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    return () => this.#timers.delete(timer);
  }

  random(): number {
    return this.chance;
  }

  /** Lets time pass; what is due is called, in the order of its time. */
  advance(millis: number): void {
    const end = this.#now + millis;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [timer, { at, callback }] = due;
      this.#timers.delete(timer);
      this.#now = at;
      callback();
    }
    this.#now = end;
  }

  /** Settles as soon as a timer in the background waits, which is what polling does between two updates. */
  polling(): Promise<ManualTimer> {
    return this.waiting(({ background }) => background);
  }

  /** Settles as soon as a timer waits that is such a one. */
  async waiting(isSuch: (timer: ManualTimer) => boolean): Promise<ManualTimer> {
    for (;;) {
      const timer = this.timers.find(isSuch);
      if (timer !== undefined) return timer;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }
}

/** Calls back after all that is ready to run now. Gives what prevents that. */
function soon(callback: () => void): () => void {
  let isCancelled = false;
  queueMicrotask(() => {
    if (!isCancelled) callback();
  });
  return () => void (isCancelled = true);
}

/** The portable engine, with an account of what it gave out. */
export class CountingEngine implements Engine {
  readonly info = { kind: "portable" } as const;
  /** States that were compiled. */
  compiled = 0;
  /** States that were compiled and not released. */
  alive = 0;
  /** Compilations that were started and neither finished nor aborted. */
  open = 0;
  /** How often two states were compared. */
  compared = 0;
  /** Awaited before a compilation finishes. */
  gate: Promise<void> = Promise.resolve();
  readonly #engine: Engine = portableEngine();
  readonly #inner = new WeakMap<CompiledState, CompiledState>();

  compile(format: InputFormat, namespace: string): Compilation {
    const inner = this.#engine.compile(format, namespace);
    let open = true;
    this.open++;
    const end = (): void => {
      if (open) this.open--;
      open = false;
    };
    return {
      write: (chunk) => inner.write(chunk),
      finish: async () => {
        await this.gate;
        const state = await inner.finish();
        end();
        return this.#counted(state);
      },
      abort: () => {
        inner.abort();
        end();
      },
    };
  }

  #counted(state: CompiledState): CompiledState {
    this.compiled++;
    this.alive++;
    let alive = true;
    const counted: CompiledState = {
      digest: state.digest,
      evaluate: (flagKey, entityId, context) => state.evaluate(flagKey, entityId, context),
      evaluateVariant: (flagKey, entityId, context) => state.evaluateVariant(flagKey, entityId, context),
      evaluateBoolean: (flagKey, entityId, context) => state.evaluateBoolean(flagKey, entityId, context),
      listFlags: () => state.listFlags(),
      snapshot: () => state.snapshot(),
      changedFlags: (previous) => {
        this.compared++;
        return state.changedFlags?.(this.#inner.get(previous) ?? previous) ?? [];
      },
      release: () => {
        if (alive) this.alive--;
        alive = false;
        state.release();
      },
    };
    this.#inner.set(counted, state);
    return counted;
  }
}

/** A client in surroundings that the test holds. */
export interface TestClient {
  /** The client. */
  readonly client: FliptClient;
  /** Its clock. */
  readonly clock: ManualClock;
  /** Its engine. */
  readonly engine: CountingEngine;
}

/** Makes a client that starts by itself, with a manual clock and a counting engine. */
export function createdClient(
  options: ClientOptions,
  clock: ManualClock = new ManualClock(),
  engine: CountingEngine = new CountingEngine(),
): TestClient {
  const surroundings = { clock, chooseEngine: () => Promise.resolve(engine) };
  return { client: createClient(options, surroundings), clock, engine };
}

/** Makes a client with a manual clock and a counting engine. */
export async function testClient(
  options: ClientOptions,
  clock: ManualClock = new ManualClock(),
  engine: CountingEngine = new CountingEngine(),
): Promise<TestClient> {
  const surroundings = { clock, chooseEngine: () => Promise.resolve(engine) };
  const make = (over: ClientOptions): Promise<FliptClient> => initClient(over, surroundings);
  return { client: await overTransport(options, make), clock, engine };
}
