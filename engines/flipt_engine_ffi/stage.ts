// How far the Worker is with an engine, in memory that it shares with the thread that asked: a Worker may be ended while it
// prepares the options of an engine, and never while the library makes or destroys one, which nobody would destroy then.

const QUEUED = 0;
const PREPARING = 1;
const IN_LIBRARY = 2;
const CANCELLED = 3;

/** The stage of one engine. */
export class Stage {
  /** What is posted to the Worker. */
  readonly memory: Int32Array;

  /** The stage of an engine that nothing was done for, or one that was posted. */
  constructor(memory: Int32Array = new Int32Array(new SharedArrayBuffer(4))) {
    this.memory = memory;
  }

  /** The Worker begins. @returns whether it is to. */
  prepare(): boolean {
    return this.#change(QUEUED, PREPARING);
  }

  /** The Worker is about to call the library. @returns whether it is to. */
  enterLibrary(): boolean {
    return this.#change(PREPARING, IN_LIBRARY);
  }

  /** Nobody waits any more. @returns whether the Worker is to be ended; otherwise it finds out by itself. */
  cancel(): boolean {
    return !this.#change(QUEUED, CANCELLED) && this.#change(PREPARING, CANCELLED);
  }

  #change(from: number, to: number): boolean {
    return Atomics.compareExchange(this.memory, 0, from, to) === from;
  }
}
