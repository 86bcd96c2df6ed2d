// The entry of the Worker that makes and destroys engines, so that the thread that evaluates never waits for either.

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import {
  type Failure,
  failureOf,
  type InitializationInput,
  initialize,
  type InitializedEngine,
} from "./initialization.ts";
import { ReferenceLibrary } from "./reference_library.ts";

/** What the Worker is started with. */
export interface WorkerData {
  /** The file of the library. */
  readonly libraryPath: string;
}

/** What the Worker is asked to do. */
export type WorkerRequest =
  | { readonly id: number; readonly input: InitializationInput }
  | { readonly destroy: bigint };

/** What the Worker answers: first whether it can work at all, then an engine or a failure for each input. */
export type WorkerReply =
  | { readonly ready: true }
  | { readonly unable: Failure }
  | { readonly id: number } & InitializedEngine
  | { readonly id: number; readonly failure: Failure };

if (parentPort !== null) serve(parentPort, (workerData as WorkerData).libraryPath);

function serve(port: MessagePort, libraryPath: string): void {
  const reply = (message: WorkerReply): void => port.postMessage(message);
  ReferenceLibrary.open(libraryPath).then(
    (library) => {
      port.on("message", (request: WorkerRequest) => {
        if ("destroy" in request) library.destroy(request.destroy);
        else reply(answer(library, request.id, request.input));
      });
      reply({ ready: true });
    },
    (error) => reply({ unable: failureOf(error) }),
  );
}

function answer(library: ReferenceLibrary, id: number, input: InitializationInput): WorkerReply {
  try {
    return { id, ...initialize(library, input) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}
