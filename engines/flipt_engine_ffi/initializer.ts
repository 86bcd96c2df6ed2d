// Makes and destroys engines in a Worker; where none can be started, on this thread. Owns the Worker.

import { builtin } from "../../ffi/builtin_node.ts";
import type { Worker } from "node:worker_threads";
import { EngineError } from "../../core/errors.ts";
import {
  checkFlagCount,
  engineOptions,
  errorOf,
  type InitializationInput,
  type InitializedEngine,
} from "./initialization.ts";
import type { ReferenceLibrary } from "./reference_library.ts";
import type { WorkerData, WorkerReply, WorkerRequest } from "./worker_node.ts";

interface Waiting {
  resolve(engine: InitializedEngine): void;
  reject(error: EngineError): void;
}

/** The thread that makes engines. One Worker serves all engines of a library, and never keeps the process alive. */
export class Initializer {
  readonly #library: ReferenceLibrary;
  readonly #entry: URL;
  readonly #waiting = new Map<number, Waiting>();
  #starting: Promise<Worker | undefined> | undefined;
  #worker: Worker | undefined;
  #lastId = 0;

  /** `entry` is the module that the Worker runs. */
  constructor(library: ReferenceLibrary, entry: URL) {
    this.#library = library;
    this.#entry = entry;
  }

  /**
   * Makes an engine.
   * @param input What it is made of; its bytes cannot be used afterwards.
   * @throws {DocumentError} (rejects) when the bytes are not valid.
   */
  async initialize(input: InitializationInput): Promise<InitializedEngine> {
    this.#starting ??= this.#start();
    const worker = await this.#starting;
    return worker === undefined ? await this.#initializeHere(input) : await this.#ask(worker, input);
  }

  /** Destroys an engine, some time soon. */
  destroy(engine: bigint): void {
    if (this.#worker === undefined) void this.#library.destroyOffThread(engine);
    else post(this.#worker, { destroy: engine });
  }

  async #initializeHere(input: InitializationInput): Promise<InitializedEngine> {
    const { json, digest, contents } = engineOptions(input);
    const engine = await this.#library.initializeOffThread(json);
    checkFlagCount(this.#library, engine, contents.size);
    return { engine, digest, contents };
  }

  #ask(worker: Worker, input: InitializationInput): Promise<InitializedEngine> {
    return new Promise((resolve, reject) => {
      // The Worker may have died while this waited for its turn.
      if (worker !== this.#worker) return reject(ended());
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      post(worker, { id, input }, [input.bytes.buffer]);
    });
  }

  /** Starts the Worker; `undefined` when there can be none, for want of a permission or of its file. */
  async #start(): Promise<Worker | undefined> {
    let worker: Worker;
    try {
      const { Worker } = await builtin("node:worker_threads");
      const workerData: WorkerData = { libraryPath: this.#library.path };
      worker = new Worker(loadable(this.#entry), { workerData });
    } catch {
      return undefined;
    }
    return await new Promise((resolve) => {
      const end = (cause?: unknown): void => {
        resolve(undefined);
        this.#end(worker, cause);
      };
      worker.on("error", end);
      worker.on("messageerror", end);
      worker.on("exit", () => end());
      worker.on("message", (reply: WorkerReply) => {
        if ("ready" in reply) {
          this.#worker = worker;
          worker.unref();
          resolve(worker);
        } else if ("unable" in reply) {
          void worker.terminate();
          resolve(undefined);
        } else this.#settle(worker, reply);
      });
    });
  }

  #settle(worker: Worker, reply: Exclude<WorkerReply, { ready: true } | { unable: unknown }>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) worker.unref();
    if ("failure" in reply) waiting?.reject(errorOf(reply.failure));
    else waiting?.resolve({ engine: reply.engine, digest: reply.digest, contents: reply.contents });
  }

  /** The next engine gets a new Worker when this one worked once; one that never started is not tried again. */
  #end(worker: Worker, cause: unknown): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#starting = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(ended(cause));
  }
}

function post(worker: Worker, request: WorkerRequest, transfer: readonly ArrayBuffer[] = []): void {
  worker.postMessage(request, transfer);
}

/** Workers start from files only; what was imported from elsewhere is imported again by a module that is no file. */
function loadable(entry: URL): URL {
  if (entry.protocol === "file:") return entry;
  return new URL(`data:text/javascript,${encodeURIComponent(`import ${JSON.stringify(entry.href)};`)}`);
}

function ended(cause?: unknown): EngineError {
  return new EngineError(
    "the Worker that initialises the reference library has ended; the flag state stays as it was",
    cause === undefined ? undefined : { cause },
  );
}
