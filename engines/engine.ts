// The one interface between the client and what evaluates. An engine turns bytes into an immutable compiled state and
// knows no network; the client swaps states and knows no engine.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  Flag,
  VariantEvaluationResponse,
} from "../core/types.ts";
import type { DocumentFlag } from "./document.ts";

/** The name of an engine. */
export type EngineKind = "native" | "portable" | "flipt-engine-ffi";

/** Which engine runs, and why. */
export interface EngineInfo {
  /** The engine. */
  readonly kind: EngineKind;
  /** The file of the library, for an engine that has one. */
  readonly library?: string;
  /** Why this engine was chosen, in a sentence; absent when the choice needs no explanation. */
  readonly reason?: string;
}

/**
 * What the bytes of a compilation are: `document` is the JSON that a server sends; `snapshot` is the text that
 * `getSnapshot()` gives (base64 of the reference's own JSON).
 */
export type InputFormat = "document" | "snapshot";

/** A document on its way into an engine. Ends with exactly one of `finish` and `abort`. */
export interface Compilation {
  /** Takes the next bytes; they are copied or consumed before it returns. */
  write(chunk: Uint8Array): void;
  /** Compiles what was written. @throws {DocumentError} (rejects) when it is no valid document. */
  finish(): Promise<CompiledState>;
  /** Gives up; safe to call at any time, also twice, also while `finish` is pending (which then rejects). */
  abort(): void;
}

/** What evaluations of one context that follow each other share, so that they read it once. */
export interface SharedReading {
  /** Which reading of a context it is; 0 for one that has not begun. */
  reading: number;
}

/** An immutable flag state that can be evaluated. All strings given to it are taken as they are. */
export interface CompiledState {
  /** The digest inside the document, when it has one. */
  readonly digest: string | undefined;
  /** The state that an engine compiled, of one that stands before it; absent in that one itself. */
  readonly base?: CompiledState;
  /**
   * @param at What time it was just now, in milliseconds since 1970: an evaluation that takes no time to speak of need not
   * look at the clock then.
   * @throws {EvaluationError} for an unknown flag or one of the other type.
   */
  evaluateVariant(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): VariantEvaluationResponse;
  /**
   * @param at As for `evaluateVariant`.
   * @throws {EvaluationError} for an unknown flag or one of the other type.
   */
  evaluateBoolean(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): BooleanEvaluationResponse;
  /**
   * Evaluates a flag of whichever type it has, as an entry of a batch; `undefined` for an unknown key.
   * @param at As for `evaluateVariant`.
   * @param shared What it shares with the evaluations before it, whose context was the very same and has not changed.
   */
  evaluate(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
    shared?: SharedReading,
  ): EvaluationResponse | undefined;
  /** What time it is, in milliseconds since 1970, where the engine can tell for less than `Date.now` costs. */
  now?(): number;
  /** The flags of the namespace, in the document's order where the engine keeps it. */
  listFlags(): Flag[];
  /** The state as base64 text that the reference library and every engine here can load. */
  snapshot(): string;
  /**
   * The keys of the flags that were added, removed or changed since `previous`, which is not released yet. A flag has
   * changed when it can answer or be listed differently: ids of rules, names and times do not count. Compared
   * with a state of another engine, all flags of both have changed.
   */
  changedFlags(previous: CompiledState): string[];
  /**
   * What one flag consists of, `undefined` for an unknown key: for explaining an evaluation, so that it may take its time.
   * Without the method, the flag is looked for in the whole snapshot.
   */
  flagDefinition?(flagKey: string): DocumentFlag | undefined;
  /** Gives the memory back. Safe to call twice; an evaluation afterwards throws an EvaluationError. */
  release(): void;
}

/** Something that compiles documents. One engine serves one client. */
export interface Engine {
  /** Which engine this is, and why it was chosen. */
  readonly info: EngineInfo;
  /** Starts a compilation for `namespace` (a snapshot of another namespace is refused). */
  compile(format: InputFormat, namespace: string): Compilation;
  /**
   * Opens a state of this engine to the other threads of the process. Absent where every thread needs a copy of its
   * own; `undefined` for a state that is not of this engine.
   */
  share?(state: CompiledState, namespace: string): Publisher | undefined;
}

/** What another thread of the process needs to follow a shared state; can be posted to a Worker. */
export interface SharedStateHandle {
  /** The engine that holds the state. */
  readonly engine: "native";
  /** The file of its library. */
  readonly library: string;
  /** The number of the channel inside the library. */
  readonly channel: number;
  /** The namespace of the flags. */
  readonly namespace: string;
}

/** Shows the states of one client to the other threads of the process. */
export interface Publisher<Handle = SharedStateHandle> {
  /** What they follow it by. */
  readonly handle: Handle;
  /** Makes `state` the one that followers see. */
  publish(state: CompiledState): void;
  /** Ends it: followers get no more answers. Also happens when the thread ends. */
  close(): void;
}

/** Follows the states that another thread publishes. */
export interface Follower {
  /** The newest state. @throws {EvaluationError} when its owner, or this, is closed. */
  current(): CompiledState;
  /** Lets go of the state. */
  close(): void;
}
