// The one hierarchy of errors that this package throws. Messages say what to do next; secrets are never in them.

/** What each class of errors is called, in every copy of this package. */
const KIND = Symbol.for("@flipt-ffi/client/error");

/** The base class of every error that this package throws on purpose; `cause` is the error that led to it, if any. */
export class FliptError extends Error {
  /** The name of the class, for logs and for `switch`. */
  override readonly name: string = "FliptError";

  /**
   * Whether `value` is such an error, including those of other copies of this package: a process can load it as
   * ECMAScript modules and as CommonJS, and in several realms.
   */
  static override [Symbol.hasInstance](this: { readonly prototype: object }, value: unknown): boolean {
    const { prototype } = this;
    if (!Object.hasOwn(prototype, KIND)) return Function.prototype[Symbol.hasInstance].call(this, value);
    const kind = kindOf(prototype);
    for (let at = value; isError(at); at = Object.getPrototypeOf(at)) if (kindOf(at) === kind) return true;
    return false;
  }

  static {
    mark(this, "FliptError");
  }
}

function mark({ prototype }: { readonly prototype: object }, kind: string): void {
  Object.defineProperty(prototype, KIND, { value: kind });
}

function kindOf(value: object): unknown {
  return Object.hasOwn(value, KIND) ? (value as { [KIND]?: unknown })[KIND] : undefined;
}

/** An argument is not usable: an option, a flag key, an entity id, a context. */
export class ValidationError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "ValidationError";

  static {
    mark(this, "ValidationError");
  }
}

/**
 * Why an evaluation has no answer: the flag is not in the namespace, is of the other type, there is no flag state (none
 * was fetched yet, or the client is closed), or it may not answer because the last fetch failed (`"strict"`). Hooks are
 * also told of attachments that cannot be used.
 */
export type EvaluationErrorCode =
  | "FLAG_NOT_FOUND"
  | "TYPE_MISMATCH"
  | "NOT_READY"
  | "STALE"
  | "INVALID_ATTACHMENT";

/** An evaluation has no answer: the flag is unknown or of the other type, or the client is closed or has failed. */
export class EvaluationError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "EvaluationError";
  /** Why; `undefined` if it was not an evaluation that failed. */
  readonly code: EvaluationErrorCode | undefined;

  /** Creates an error, with its code if it has one. */
  constructor(
    message: string,
    { code, ...options }: { readonly code?: EvaluationErrorCode; readonly cause?: unknown } = {},
  ) {
    super(message, options);
    this.code = code;
  }

  static {
    mark(this, "EvaluationError");
  }
}

/** The flag state could not be fetched from the server. */
export class FetchError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "FetchError";
  /** The HTTP status, if the server responded. */
  readonly status: number | undefined;
  /** The URL that was requested, without credentials; `""` for a custom fetcher. */
  readonly url: string = "";
  /** Whether the same request can succeed later without a change on this side. */
  readonly retryable: boolean = false;
  /** The server's message, on one line and without the token; `undefined` if there is none that can be shown. */
  readonly serverMessage: string | undefined;
  /** The seconds after which the server wants the next request, if it said so (`Retry-After`). */
  readonly retryAfter: number | undefined;
  /** How many attempts were made. */
  readonly attempts: number = 1;

  /** Creates an error for a request to `url`. */
  constructor(
    message: string,
    { cause, ...details }: {
      readonly url: string;
      readonly retryable: boolean;
      readonly status?: number;
      readonly serverMessage?: string;
      readonly retryAfter?: number;
      readonly cause?: unknown;
    },
  ) {
    super(message, cause === undefined ? {} : { cause });
    Object.assign(this, details);
  }

  static {
    mark(this, "FetchError");
  }
}

/** An engine is not available, cannot be loaded, or refused a document. */
export class EngineError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "EngineError";

  static {
    mark(this, "EngineError");
  }
}

/** A document or snapshot is not valid; the state stays as it was. */
export class DocumentError extends EngineError {
  /** The name of the class. */
  override readonly name: string = "DocumentError";

  static {
    mark(this, "DocumentError");
  }
}

/** The error and what caused it, the innermost last; a few of them, should they go round in a circle. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let inner = error; isError(inner) && causes.length < 6; inner = inner.cause) {
    causes.push(inner);
  }
  return causes;
}

/** Whether a value is an error, also one of another realm: those of Node's modules are, to a program in a VM context. */
export function isError(value: unknown): value is Error {
  const { name, message } = (value ?? {}) as Partial<Error>;
  return typeof value === "object" && typeof name === "string" && typeof message === "string";
}

/** What an error says, or anything else that was thrown. */
export function errorText(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** Whether an error has this code, as those of Node's modules have one. */
export function hasCode(error: unknown, code: string): boolean {
  return isError(error) && "code" in error && error.code === code;
}
