// The provider itself: when there is a client, and which of its answers is asked for.

import { OpenFeatureError, OpenFeatureEventEmitter, ProviderNotReadyError } from "@openfeature/server-sdk";
import { FliptClient } from "../src/client.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import { entityOf, propertiesOf } from "./context.ts";
import { evaluationError, initializationError, statusError } from "./errors.ts";
import type { ValueOf } from "./resolution.ts";
import { booleanResolution, numberOf, stringOf, structureOf, variantResolution } from "./resolution.ts";
import { Session } from "./session.ts";
import type { ProviderEventSource, Resolution, ResolutionContext } from "./types.ts";

/**
 * Answers OpenFeature's server SDK from Flipt's flags, in the process.
 *
 * The context's `targetingKey` is the entity and is always needed. Properties of nested objects are named by their path
 * (`user.plan`), dates are compared as ISO text and arrays as JSON text.
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
  /** Says which provider this is. */
  readonly metadata: { readonly name: string } = Object.freeze({ name: "flipt" });
  /** For the server SDK: one process answers for many entities. */
  readonly runsOn: "server" = "server";
  /** Ready, error, stale and configuration changed, as the client's status and flags change. */
  readonly events: ProviderEventSource = new OpenFeatureEventEmitter();
  readonly #source: FliptClient | ClientOptions;
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;
  #lifetime = new AbortController();

  /**
   * Takes a client, or what `FliptClient.init` takes to make one.
   *
   * @param source a client, which stays the caller's to close; or options: the client is then made when OpenFeature
   * initializes the provider, and closed when it closes it. @default the options' own defaults
   */
  constructor(source: FliptClient | ClientOptions = {}) {
    this.#source = source;
  }

  /** The client that answers; `undefined` before the provider is initialized and after it is closed. */
  get client(): FliptClient | undefined {
    return this.#session?.client;
  }

  /**
   * Makes the client, where it was not given. The SDK calls it.
   *
   * @throws {ProviderFatalError} (rejects) when trying again would not help: the options are wrong, the server refuses
   * the token, or the client that was given is closed.
   * @throws {ProviderNotReadyError} (rejects) when there is no flag state yet; with the error strategy `"fallback"` the
   * client goes on trying, and the provider is ready when it succeeds.
   * @throws {GeneralError} (rejects) when the flag state cannot be fetched.
   */
  async initialize(): Promise<void> {
    const session = await (this.#opening ??= this.#open());
    const problem = statusError(session.client.status);
    if (problem !== undefined) throw problem;
  }

  /** Closes the client, where it was not given, and waits until nothing of it is under way. The SDK calls it. */
  async onClose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#opening = undefined;
    this.#lifetime.abort(new ProviderNotReadyError("the provider was closed while it was being initialized"));
    this.#lifetime = new AbortController();
    if (session === undefined) return;
    session.close();
    if (session.client !== this.#source) await session.client[Symbol.asyncDispose]();
  }

  /**
   * Evaluates a boolean flag.
   *
   * @throws {OpenFeatureError} (rejects) when there is no value.
   */
  resolveBooleanEvaluation(
    flagKey: string,
    _defaultValue: boolean,
    context: ResolutionContext,
  ): Promise<Resolution<boolean>> {
    return answered(() => {
      const session = this.#ready();
      const response = evaluated(
        session,
        flagKey,
        () => session.client.evaluateBoolean(flagKey, entityOf(context), propertiesOf(context)),
      );
      return booleanResolution(response, session);
    });
  }

  /**
   * Evaluates a variant flag for its variant's key.
   *
   * @throws {OpenFeatureError} (rejects) when there is no value.
   */
  resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context: ResolutionContext,
  ): Promise<Resolution<string>> {
    return this.#variant(flagKey, defaultValue, context, stringOf);
  }

  /**
   * Evaluates a variant flag for the number that is its variant's key.
   *
   * @throws {OpenFeatureError} (rejects) when there is no value.
   */
  resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context: ResolutionContext,
  ): Promise<Resolution<number>> {
    return this.#variant(flagKey, defaultValue, context, numberOf);
  }

  /**
   * Evaluates a variant flag for the object or array in its variant's attachment.
   *
   * @returns an object of its own each time.
   * @throws {OpenFeatureError} (rejects) when there is no value.
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
    return answered(() => {
      const session = this.#ready();
      const response = evaluated(
        session,
        flagKey,
        () => session.client.evaluateVariant(flagKey, entityOf(context), propertiesOf(context)),
      );
      return variantResolution(response, defaultValue, valueOf, session);
    });
  }

  #ready(): Session {
    if (this.#session === undefined) {
      throw new ProviderNotReadyError(
        "the provider is not initialized: wait for OpenFeature.setProviderAndWait()",
      );
    }
    return this.#session;
  }

  async #open(): Promise<Session> {
    const source = this.#source;
    const { signal } = this.#lifetime;
    try {
      if (isClient(source)) return this.#session = new Session(source, this.events, undefined);
      const client = await FliptClient.init(abortedBy(signal, source));
      if (signal.aborted) client.close();
      signal.throwIfAborted();
      return this.#session = new Session(client, this.events, source.namespace ?? "default");
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      this.#opening = undefined;
      throw initializationError(error);
    }
  }
}

/** A promise of what `work` gives or throws. */
function answered<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

/** What the client answers, or an error that has the code of what went wrong. */
function evaluated<Response>({ client }: Session, flagKey: string, evaluate: () => Response): Response {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof OpenFeatureError) throw error;
    throw evaluationError(flagKey, error, client.status);
  }
}

/** By what it can do: a client may come from another copy of this package. */
function isClient(source: FliptClient | ClientOptions): source is FliptClient {
  return typeof source === "object" && source !== null && "evaluateBoolean" in source;
}

/** The options with one more reason to give up. What is wrong with them is for the client to say. */
function abortedBy(signal: AbortSignal, options: ClientOptions): ClientOptions {
  if (typeof options !== "object" || options === null) return options;
  const given: unknown = options.signal;
  if (given === undefined) return { ...options, signal };
  return given instanceof AbortSignal ? { ...options, signal: AbortSignal.any([given, signal]) } : options;
}
