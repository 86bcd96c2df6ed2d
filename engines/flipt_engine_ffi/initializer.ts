// Makes and destroys engines in a Worker; where none can be started, on this thread. Owns the Worker.

import { builtin } from "../../ffi/builtin_node.ts";
import type { Worker } from "node:worker_threads";
import { EngineError } from "../../core/errors.ts";
import { contentKey } from "./content_number.ts";
import {
  checkFlagCount,
  engineOptions,
  errorOf,
  type Failure,
  type InitializationInput,
  type InitializedEngine,
} from "./initialization.ts";
import type { ReferenceLibrary } from "./reference_library.ts";
import { Stage } from "./stage.ts";
import type { WorkerData, WorkerReply, WorkerRequest } from "./worker_node.ts";

/** An engine that somebody waits for. */
interface Job {
  readonly input: InitializationInput;
  readonly stage: Stage;
  readonly signal: AbortSignal;
  resolve(engine: InitializedEngine): void;
  reject(error: unknown): void;
}

/**
 * The thread that makes engines, one after the other. One Worker serves all engines of a library, and never keeps the
 * process alive.
 */
export class Initializer {
  readonly #library: ReferenceLibrary;
  readonly #entry: URL;
  readonly #contentKey = contentKey();
  readonly #queue: Job[] = [];
  #current: Job | undefined;
  /** What is destroyed after the current engine: a Worker that is ended would not get to it. */
  #destroyed: bigint[] = [];
  #starting: Promise<Worker | undefined> | undefined;
  #worker: Worker | undefined;
  /** Settles what the Worker was asked for. */
  #settle: { resolve(engine: InitializedEngine): void; reject(error: EngineError): void } | undefined;

  /** `entry` is the module that the Worker runs. */
  constructor(library: ReferenceLibrary, entry: URL) {
    this.#library = library;
    this.#entry = entry;
  }

  /**
   * Makes an engine.
   * @param input What it is made of; its bytes cannot be used afterwards.
   * @param signal Ends the work, not the waiting: the library may make an engine all the same.
   * @throws {DocumentError} (rejects) when the bytes are not valid.
   */
  initialize(
    input: Omit<InitializationInput, "contentKey">,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<InitializedEngine> {
    return new Promise((resolve, reject) => {
      const job: Job = {
        input: { ...input, contentKey: this.#contentKey },
        stage: new Stage(),
        signal,
        resolve,
        reject,
      };
      signal.addEventListener("abort", () => this.#cancel(job), { once: true });
      this.#queue.push(job);
      if (this.#current === undefined) void this.#work();
    });
  }

  /** Destroys an engine, some time soon. */
  destroy(engine: bigint): void {
    if (this.#current !== undefined) this.#destroyed.push(engine);
    else if (this.#worker === undefined) void this.#library.destroyOffThread(engine);
    else post(this.#worker, { destroy: engine });
  }

  async #work(): Promise<void> {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      this.#current = job;
      try {
        this.#starting ??= this.#start();
        const worker = await this.#starting;
        if (job.signal.aborted) throw job.signal.reason;
        job.resolve(await (worker === undefined ? this.#initializeHere(job.input) : this.#ask(worker, job)));
      } catch (error) {
        job.reject(error);
      }
      this.#current = undefined;
      for (const engine of this.#destroyed.splice(0)) this.destroy(engine);
    }
  }

  #cancel(job: Job): void {
    if (job === this.#current && this.#worker !== undefined && job.stage.cancel()) {
      const worker = this.#worker;
      this.#end(worker, job.signal.reason);
      void worker.terminate();
    }
  }

  async #initializeHere(input: InitializationInput): Promise<InitializedEngine> {
    const { json, digest, contents } = engineOptions(input);
    const engine = await this.#library.initializeOffThread(json);
    checkFlagCount(this.#library, engine, contents.size);
    return { engine, digest, contents };
  }

  #ask(worker: Worker, { input, stage }: Job): Promise<InitializedEngine> {
    return new Promise((resolve, reject) => {
      // The Worker may have died while this waited for its turn.
      if (worker !== this.#worker) return reject(ended());
      this.#settle = { resolve, reject };
      worker.ref();
      const { bytes: { buffer, byteOffset, length }, ...others } = input;
      const sent = { ...others, buffer, byteOffset, length };
      post(worker, { input: sent, stage: stage.memory }, [buffer]);
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
        } else this.#receive(worker, reply);
      });
    });
  }

  #receive(worker: Worker, reply: InitializedEngine | { readonly failure: Failure }): void {
    if (worker !== this.#worker) return;
    const settle = this.#settle;
    this.#settle = undefined;
    worker.unref();
    if ("failure" in reply) settle?.reject(errorOf(reply.failure));
    else settle?.resolve(reply);
  }

  /** The next engine gets a new Worker when this one worked once; one that never started is not tried again. */
  #end(worker: Worker, cause: unknown): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#starting = undefined;
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.reject(ended(cause));
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
