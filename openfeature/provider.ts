// The provider: owns the lifecycle of the client, and resolves flags with it.

import { throwIfAborted } from "../core/abortable.ts";
import {
  OpenFeatureError,
  OpenFeatureEventEmitter,
  ProviderEvents,
  ProviderFatalError,
  ProviderNotReadyError,
} from "@openfeature/server-sdk";
import { isObject, mustBe, tagOf } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { detached } from "../ffi/detached.ts";
import { systemClock } from "../ffi/system_clock.ts";
import { FliptClient } from "../src/client.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import { readOptions } from "../src/options/options.ts";
import { Backoff } from "../src/sync/backoff.ts";
import { delay } from "../src/sync/delay.ts";
import { MAX_RETRY_AFTER_SECONDS } from "../src/sync/updater.ts";
import { entityOf, propertiesOf } from "./context.ts";
import { evaluationError, initializationError, retryAfterSeconds, statusError } from "./errors.ts";
import type { ValueOf } from "./resolution.ts";
import { booleanResolution, numberOf, stringOf, structureOf, variantResolution } from "./resolution.ts";
import { Session } from "./session.ts";
import type { ProviderEventSource, Resolution, ResolutionContext } from "./types.ts";

/**
 * An OpenFeature provider that evaluates Flipt flags locally.
 *
 * The context's `targetingKey` is the ID of the entity and is required. Nested properties are named by their path
 * (`user.plan`); dates are compared as ISO strings and arrays as JSON.
 *
 * @example
 * ```ts ignore
 * import { OpenFeature } from "@openfeature/server-sdk";
 * import { FliptProvider } from "@flipt-ffi/client/openfeature";
 *
 * await OpenFeature.setProviderAndWait(
 *   "shop",
 *   new FliptProvider({ url: "https://flipt.example.com", namespace: "shop", errorStrategy: "fallback" }),
 * );
 * const flags = OpenFeature.getClient("shop");
 * const flow = await flags.getStringValue("checkout-flow", "classic", { targetingKey: "user-1", country: "NL" });
 * ```
 */
export class FliptProvider {
  /** The name of the provider. */
  readonly metadata: { readonly name: string } = Object.freeze({ name: "flipt" });
  /** The SDK that it is for. */
  readonly runsOn: "server" = "server";
  /** Emits ready, error, stale and configuration changed, following the client's status and flags. */
  readonly events: ProviderEventSource = new OpenFeatureEventEmitter();
  readonly #source: FliptClient | ClientOptions;
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;
  #lifetime = new AbortController();
  /** The error of the last attempt to create a client. */
  #failure: OpenFeatureError | undefined;
  #backoff = new Backoff(systemClock);

  /**
   * Creates a provider for a client or its options.
   *
   * @param source A client, which the caller closes; or the options of one, which is then created when OpenFeature
   * initializes the provider and closed with it. @default the default options
   * @throws {ValidationError} when it is a promise.
   */
  constructor(source: FliptClient | ClientOptions = {}) {
    if (isObject(source) && typeof source["then"] === "function") {
      throw new ValidationError(
        `the source of FliptProvider ${mustBe("a client or its options", source)}: await it`,
      );
    }
    this.#source = source;
  }

  /** The client; `undefined` before the provider is initialized and after it is closed. */
  get client(): FliptClient | undefined {
    return this.#session?.client;
  }

  /**
   * Creates the client from its options, if it was not passed. Called by the SDK.
   *
   * @throws {ProviderFatalError} (rejects) when a retry cannot help: the options are invalid, the server rejects the
   * token, or the client that was passed is closed.
   * @throws {ProviderNotReadyError} (rejects) when there is no flag state yet; with the error strategy `"fallback"` the
   * client retries, and the provider becomes ready when it succeeds.
   * @throws {GeneralError} (rejects) when the flag state cannot be fetched; the provider retries, and becomes ready
   * when it succeeds.
   */
  async initialize(): Promise<void> {
    const session = await (this.#opening ??= this.#open());
    const problem = statusError(session.client.status);
    if (problem !== undefined) throw problem;
  }

  /** Closes the client that `initialize` created and waits until it has finished. Called by the SDK. */
  async onClose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#opening = undefined;
    this.#failure = undefined;
    this.#backoff.reset();
    this.#lifetime.abort(new ProviderNotReadyError("the provider was closed while it was being initialized"));
    this.#lifetime = new AbortController();
    if (session === undefined) return;
    session.close();
    if (session.client !== this.#source) await session.client[Symbol.asyncDispose]();
  }

  /**
   * Evaluates a boolean flag.
   *
   * @throws {OpenFeatureError} (rejects) when the flag has no value of this type, or cannot be evaluated.
   */
  resolveBooleanEvaluation(
    flagKey: string,
    _defaultValue: boolean,
    context: ResolutionContext,
  ): Promise<Resolution<boolean>> {
    return promiseOf(() => {
      const session = this.#ready();
      const response = evaluateWith(
        session,
        flagKey,
        () => session.client.evaluateBoolean(flagKey, entityOf(context), propertiesOf(context)),
      );
      return booleanResolution(response, session);
    });
  }

  /**
   * Evaluates a variant flag. Resolves to the key of the variant.
   *
   * @throws {OpenFeatureError} (rejects) when the flag has no value of this type, or cannot be evaluated.
   */
  resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context: ResolutionContext,
  ): Promise<Resolution<string>> {
    return this.#variant(flagKey, defaultValue, context, stringOf);
  }

  /**
   * Evaluates a variant flag. Resolves to the key of the variant as a number.
   *
   * @throws {OpenFeatureError} (rejects) when the flag has no value of this type, or cannot be evaluated.
   */
  resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context: ResolutionContext,
  ): Promise<Resolution<number>> {
    return this.#variant(flagKey, defaultValue, context, numberOf);
  }

  /**
   * Evaluates a variant flag. Resolves to the object or array in the attachment of the variant.
   *
   * @returns a new object for each call.
   * @throws {OpenFeatureError} (rejects) when the flag has no value of this type, or cannot be evaluated.
   */
  resolveObjectEvaluation<T>(
    flagKey: string,
    defaultValue: T,
    context: ResolutionContext,
  ): Promise<Resolution<T>> {
    return this.#variant<T>(flagKey, defaultValue, context, structureOf<T>);
  }

  #variant<T>(
    flagKey: string,
    defaultValue: T,
    context: ResolutionContext,
    valueOf: ValueOf<T>,
  ): Promise<Resolution<T>> {
    return promiseOf(() => {
      const session = this.#ready();
      const response = evaluateWith(
        session,
        flagKey,
        () => session.client.evaluateVariant(flagKey, entityOf(context), propertiesOf(context)),
      );
      return variantResolution(response, defaultValue, valueOf, session);
    });
  }

  #ready(): Session {
    if (this.#session !== undefined) return this.#session;
    const failure = this.#failure;
    if (failure instanceof ProviderFatalError) throw failure;
    throw failure === undefined
      ? new ProviderNotReadyError(
        "the provider is not initialized: wait for OpenFeature.setProviderAndWait()",
      )
      : new ProviderNotReadyError(`there is no flag state to evaluate: ${failure.message}`, {
        cause: failure.cause,
      });
  }

  async #open(): Promise<Session> {
    const source = this.#source;
    const { signal } = this.#lifetime;
    try {
      if (isClient(source)) return this.#begin(new Session(source, this.events, undefined));
      const client = await FliptClient.init(abortedBy(signal, source));
      if (signal.aborted) client.close();
      throwIfAborted(signal);
      return this.#begin(new Session(client, this.events, source.namespace ?? "default"));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      this.#opening = undefined;
      const failure = initializationError(error);
      this.#failure = failure;
      const isGivenUp = failure instanceof ProviderFatalError || isClient(source) || source.signal?.aborted;
      if (!isGivenUp) detached(() => void this.#openLater(retryAfterSeconds(error), signal));
      throw failure;
    }
  }

  #begin(session: Session): Session {
    this.#failure = undefined;
    this.#backoff.reset();
    return this.#session = session;
  }

  /** Retries after a delay, unless `initialize` is called before. Reports the result to the SDK by an event. */
  async #openLater(afterSeconds: number, signal: AbortSignal): Promise<void> {
    const delayMs = Math.min(afterSeconds, MAX_RETRY_AFTER_SECONDS) * 1000 + this.#backoff.next();
    try {
      await delay(systemClock, delayMs, { background: true, signal }).over;
      if (this.#session !== undefined || this.#opening !== undefined) return;
      this.#opening = this.#open();
      await this.#opening;
      this.events.emit(ProviderEvents.Ready);
    } catch (error) {
      if (error instanceof ProviderFatalError) {
        this.events.emit(ProviderEvents.Error, { message: error.message, errorCode: error.code });
      }
    }
  }
}

/** Returns a promise of what `work` returns or throws. */
function promiseOf<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

/** Returns what `evaluate` returns, and converts its error to OpenFeature's. */
function evaluateWith<Response>({ client }: Session, flagKey: string, evaluate: () => Response): Response {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof OpenFeatureError) throw error;
    throw evaluationError(flagKey, error, client.status);
  }
}

/** By its methods, not `instanceof`: the client may come from another copy of this package. */
function isClient(source: FliptClient | ClientOptions): source is FliptClient {
  return typeof source === "object" && source !== null && "evaluateBoolean" in source;
}

/** Adds a signal to the options. Invalid options are returned as they are, for the client to report. */
function abortedBy(signal: AbortSignal, options: ClientOptions): ClientOptions {
  if (typeof options !== "object" || options === null) return options;
  const own: unknown = options.signal;
  if (own !== undefined && tagOf(own) !== "AbortSignal") return options;
  const both = own === undefined ? signal : AbortSignal.any([own as AbortSignal, signal]);
  return { ...readOptions(options), signal: both };
}
