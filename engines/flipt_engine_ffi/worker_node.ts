// The entry of the Worker that makes and destroys engines, so that the thread that evaluates never waits for either.

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { EngineError } from "../../core/errors.ts";
import {
  engineOptions,
  type Failure,
  failureOf,
  type InitializationInput,
  initialize,
  type InitializedEngine,
} from "./initialization.ts";
import { ReferenceLibrary } from "./reference_library.ts";
import { Stage } from "./stage.ts";

/** What the Worker is started with. */
export interface WorkerData {
  /** The file of the library. */
  readonly libraryPath: string;
}

/** What an engine is made of. Deno looks at each element of an array that is sent, and at nothing in a buffer. */
export interface SentInput extends Omit<InitializationInput, "bytes"> {
  /** What holds the bytes, */
  readonly buffer: ArrayBuffer;
  /** from here on, */
  readonly byteOffset: number;
  /** and so many. */
  readonly length: number;
}

/** What the Worker is asked to do. */
export type WorkerRequest =
  | { readonly input: SentInput; readonly stage: Int32Array }
  | { readonly destroy: bigint };

/** What the Worker answers: first whether it can work at all, then an engine or a failure for each input in turn. */
export type WorkerReply =
  | { readonly ready: true }
  | { readonly unable: Failure }
  | InitializedEngine
  | { readonly failure: Failure };

if (parentPort !== null) serve(parentPort, (workerData as WorkerData).libraryPath);

function serve(port: MessagePort, libraryPath: string): void {
  const reply = (message: WorkerReply): void => port.postMessage(message);
  ReferenceLibrary.open(libraryPath).then(
    (library) => {
      port.on("message", (request: WorkerRequest) => {
        if ("destroy" in request) library.destroy(request.destroy);
        else reply(answer(library, request.input, new Stage(request.stage)));
      });
      reply({ ready: true });
    },
    (error) => reply({ unable: failureOf(error) }),
  );
}

function answer(library: ReferenceLibrary, input: SentInput, stage: Stage): WorkerReply {
  try {
    if (!stage.prepare()) throw new EngineError(CANCELLED);
    const { buffer, byteOffset, length } = input;
    const options = engineOptions({ ...input, bytes: new Uint8Array(buffer, byteOffset, length) });
    if (!stage.enterLibrary()) throw new EngineError(CANCELLED);
    return initialize(library, options);
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

const CANCELLED = "the compilation was aborted before it was finished";
