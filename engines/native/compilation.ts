// A document on its way into the library: its bytes are handed over as they arrive. A small one compiles as soon as they are
// all there, a large one on a thread of the library, and this side asks now and then whether it is done.

import { DocumentError, EngineError } from "../../core/errors.ts";
import { poll } from "../../ffi/poll.ts";
import type { Compilation, CompiledState, InputFormat } from "../engine.ts";
import type { Bridge } from "./bridge.ts";
import { NativeState } from "./state.ts";
import { Code, Format } from "./symbols.ts";

/** A load into the native engine. */
export class NativeCompilation implements Compilation {
  readonly #bridge: Bridge;
  readonly #loader: number;
  readonly #namespace: string;
  readonly #smallInScript: boolean;
  #isAborted = false;
  /** Whether the loader has ended. */
  #hasEnded = false;

  /** Starts a load of a state that evaluates small flags in JavaScript, if it is to have `smallInScript`. */
  constructor(bridge: Bridge, format: InputFormat, namespace: string, smallInScript: boolean) {
    this.#smallInScript = smallInScript;
    this.#bridge = bridge;
    this.#namespace = namespace;
    bridge.requests++;
    const length = bridge.write(namespace, 0);
    if (length < 0) throw new EngineError("the namespace is too long for the native engine");
    this.#loader = bridge.check(bridge.call.flipt_ffi_load_begin(Format[format], length));
  }

  write(chunk: Uint8Array): void {
    if (this.#isAborted) throw aborted();
    const bridge = this.#bridge;
    bridge.requests++;
    bridge.feed(chunk, (length) => bridge.call.flipt_ffi_load_write(this.#loader, length));
  }

  async finish(): Promise<CompiledState> {
    if (this.#isAborted) throw aborted();
    const bridge = this.#bridge;
    bridge.check(bridge.call.flipt_ffi_load_finish(this.#loader));
    // A small document is compiled already.
    let state = this.#take();
    // Leaves the caller a moment to abort in any case.
    await Promise.resolve();
    state ??= await poll(() => {
      if (this.#isAborted) throw aborted();
      return this.#take();
    });
    if (!this.#isAborted) return state;
    state.release();
    throw aborted();
  }

  /** The state; `undefined` while it is being compiled. */
  #take(): CompiledState | undefined {
    const bridge = this.#bridge;
    const taken = bridge.call.flipt_ffi_load_take(this.#loader);
    if (taken === Code.pending) return undefined;
    this.#hasEnded = true;
    if (taken === Code.invalidDocument) throw new DocumentError(bridge.message());
    return new NativeState(bridge, bridge.check(taken), this.#namespace, this.#smallInScript);
  }

  abort(): void {
    this.#isAborted = true;
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#bridge.call.flipt_ffi_load_abort(this.#loader);
  }
}

function aborted(): EngineError {
  return new EngineError("the compilation was aborted");
}
