// A client in another thread of the process: it evaluates from the state that the client it is attached to keeps, and
// fetches nothing itself.

import { describe } from "../../core/describe.ts";
import { ValidationError } from "../../core/errors.ts";
import type { EvaluationContext } from "../../core/types.ts";
import { attachedParts } from "../evaluation/client_parts.ts";
import { Attachments } from "../evaluation/attachments.ts";
import type { ScopeOverrides } from "../evaluation/overrides.ts";
import { type SafeEvaluationParts, SafeEvaluations } from "../evaluation/safe_evaluations.ts";
import { Scope } from "../evaluation/scope.ts";
import { follow, type Followed } from "./shared_state_follower.ts";
import type { SharedHandle } from "./sharing.ts";
import type { AnyFlags, FlagTypes } from "../evaluation/typed_flags.ts";

interface AttachedParts extends SafeEvaluationParts {
  readonly follower: Followed["follower"];
}

// Set by the class itself: its constructor is open to this file only.
let construct: <Flags extends FlagTypes<Flags>>(
  followed: Followed,
  namespace: string,
) => AttachedClient<Flags>;

/**
 * A client that `FliptClient.attach` made. It sees each new flag state as soon as the client that shares it does (or a
 * moment later, if states are copied), and stops answering when that client is closed or its thread ends.
 */
export class AttachedClient<out Flags extends FlagTypes<Flags> = AnyFlags> extends SafeEvaluations<Flags> {
  static {
    construct = (followed, namespace) => new AttachedClient(followed, namespace);
  }

  private constructor({ engine, follower }: Followed, namespace: string) {
    const holder = {
      get answering() {
        return follower.current();
      },
    };
    const parts: AttachedParts = {
      holder,
      engine,
      namespace,
      hooks: null,
      follower,
      // Keys may be anything, also `constructor`.
      defaults: Object.create(null),
      attachments: new Attachments(),
      onDefault: () => {},
    };
    super(parts);
  }

  /** Says what this is, also to what wraps plain objects only. */
  get [Symbol.toStringTag](): string {
    return "AttachedClient";
  }

  /**
   * Returns the flags of one request: for one entity and context, from the current flag state, each evaluated once.
   *
   * @param overrides Overrides for this request. @default none
   * @returns a scope with the client's calls. Dispose of it when the request is over.
   * @throws {ValidationError} when the entity id is not a string.
   * @throws {EvaluationError} when the client that shares the flags is closed.
   */
  for(entityId: string, context?: EvaluationContext | null, overrides?: ScopeOverrides): Scope<Flags> {
    return new Scope(attachedParts<AttachedParts>(this, "for"), entityId, context, overrides);
  }

  /** Releases the state. Idempotent. */
  close(): void {
    attachedParts<AttachedParts>(this, "close").follower.close();
  }

  /** Closes the client at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Attaches to the client whose `share()` gave `handle`.
 * @throws {ValidationError} (rejects) when `handle` is not such a handle.
 * @throws {EngineError} (rejects) when nobody shares it any more, or its library cannot be opened here.
 */
export async function attach<Flags extends FlagTypes<Flags> = AnyFlags>(
  handle: SharedHandle,
): Promise<AttachedClient<Flags>> {
  if (!isHandle(handle)) {
    throw new ValidationError(
      `attach() takes a handle from share() of another client, but was given ${describe(handle)}`,
    );
  }
  return construct(await follow(handle), handle.namespace);
}

function isHandle(handle: unknown): handle is SharedHandle {
  if (typeof handle !== "object" || handle === null) return false;
  const { engine, channel, namespace, library } = handle as Record<string, unknown>;
  if (typeof namespace !== "string") return false;
  if (engine === "native") return typeof channel === "number" && typeof library === "string";
  return engine === "portable" && typeof channel === "string";
}
