// The client: keeps the flag state that evaluations are answered from, and takes everything apart again in the end.

import { onAbort } from "../core/abortable.ts";
import { within } from "../core/within.ts";
import { released } from "../engines/messages.ts";
import { chooseEngine } from "../engines/choice.ts";
import type { AuthenticationProvider, AuthenticationStrategy } from "./options/authentication.ts";
import { providerProblem } from "./options/authentication.ts";
import { attach } from "./workers/attached_client.ts";
import type { AttachedClient } from "./workers/attached_client.ts";
import type { ClientOptions } from "./options/client_options.ts";
import { systemClock } from "../ffi/system_clock.ts";
import { ValidationError } from "../core/errors.ts";
import type { EvaluationContext } from "../core/types.ts";
import { attachedParts } from "./evaluation/client_parts.ts";
import type { ScopeOverrides } from "./evaluation/overrides.ts";
import { SafeEvaluations } from "./evaluation/safe_evaluations.ts";
import { Scope } from "./evaluation/scope.ts";
import type { ClientEvents, Listener, ListenOptions } from "./state/events.ts";
import { resolveOptions, type Settings } from "./options/options.ts";
import type { Parts } from "./assemble.ts";
import type { Readiness, ReadyOptions } from "./ready.ts";
import type { TouchOptions } from "./touch.ts";
import { start, type Surroundings } from "./start.ts";
import { StateHolder } from "./state/state_holder.ts";
import type { SharedHandle } from "./workers/sharing.ts";
import type { ClientStatus } from "./state/client_status.ts";
import type { AnyFlags, FlagTypes } from "./evaluation/typed_flags.ts";

const system: Surroundings = { clock: systemClock, chooseEngine };

// Set by the class itself: its constructor is open to this file only.
let construct: <Flags extends FlagTypes<Flags>>(parts: Parts) => FliptClient<Flags>;

/**
 * Keeps the flag state of one namespace in the process and evaluates its flags locally. With a declaration of the flags
 * (`FlagTypes`) as `Flags`, the compiler checks keys, contexts and variants; nothing changes at run time.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 *
 * using client = await FliptClient.init({
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * });
 * const { enabled } = client.evaluateBoolean({ flagKey: "dark-mode", entityId: "user-1", context: {} });
 * console.assert(enabled);
 * ```
 */
export class FliptClient<out Flags extends FlagTypes<Flags> = AnyFlags> extends SafeEvaluations<Flags> {
  static {
    construct = (parts) => new FliptClient(parts);
  }

  private constructor(parts: Parts) {
    if (new.target !== FliptClient) {
      throw new ValidationError(
        "FliptClient cannot be extended: keep one in a class of your own",
      );
    }
    if (!(parts?.holder instanceof StateHolder)) {
      throw new ValidationError(
        "use await FliptClient.init({ … }), not new FliptClient()",
      );
    }
    super(parts);
  }

  /** Identifies the class, also for libraries that only wrap plain objects. */
  get [Symbol.toStringTag](): string {
    return "FliptClient";
  }

  /**
   * Creates a client and fetches the flag state for the first time.
   *
   * @returns the client, ready to evaluate.
   * @throws {ValidationError} that lists everything wrong with the options.
   * @throws {EngineError} when an engine that was asked for is not available.
   * @throws {DocumentError} when `snapshot` cannot be read or belongs to another namespace, with every error strategy;
   * under `"fail"` and `"strict"` also when the server's document is not valid.
   * @throws {FetchError} under the error strategies `"fail"` and `"strict"`, when the flag state cannot be fetched,
   * even if a snapshot is given: after up to four attempts, if another attempt can help. Under `"fallback"` the client
   * starts from the store or the snapshot when the first attempt fails or takes longer than two seconds, and retries in
   * the background; without either, it starts without flags after the last attempt. With `initialFetch: false` nothing
   * is fetched if there is a state to start from. With `startTimeout`, neither a failing server nor an unreadable
   * snapshot rejects `init`.
   *
   * @example
   * ```ts ignore
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * const client = await FliptClient.init({
   *   url: "https://flipt.example.com",
   *   namespace: "shop",
   *   authentication: { clientToken: "the token" },
   * });
   * ```
   */
  static init<Flags extends FlagTypes<Flags> = AnyFlags>(
    options?: ClientOptions<Flags>,
  ): Promise<FliptClient<Flags>> {
    return initClient(options, system);
  }

  /**
   * Creates a client as `init` does, and takes options that are not given from the environment: `FLIPT_URL`,
   * `FLIPT_NAMESPACE`, `FLIPT_ENVIRONMENT`, `FLIPT_REFERENCE`, `FLIPT_FETCH_MODE`, `FLIPT_UPDATE_INTERVAL` (seconds),
   * `FLIPT_CA_FILE`, `FLIPT_OVERRIDES` (rejected in production), and one of `FLIPT_CLIENT_TOKEN`,
   * `FLIPT_CLIENT_TOKEN_FILE`, `FLIPT_JWT_TOKEN` and `FLIPT_JWT_TOKEN_FILE`. A token file is read again before each request. On Deno, variables that may not be read
   * count as not set.
   *
   * @returns the client, ready to evaluate.
   * @throws {ValidationError} (rejects) when a variable or an option cannot be used, and what `init` throws.
   *
   * @example
   * ```ts ignore
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * const client = await FliptClient.fromEnvironment({ errorStrategy: "fallback" });
   * ```
   */
  static async fromEnvironment<Flags extends FlagTypes<Flags> = AnyFlags>(
    options: ClientOptions<Flags> = {},
  ): Promise<FliptClient<Flags>> {
    const { optionsFromEnvironment } = await import("./from_environment.ts");
    return await initClient(
      await optionsFromEnvironment(options as ClientOptions) as ClientOptions<Flags>,
      system,
    );
  }

  /**
   * Creates a client immediately: it starts in the background, and answers from the store, the snapshot or the defaults
   * until the flag state is loaded. Failures are in the status and reported to listeners of `"error"`; fetching
   * continues in the background with every error strategy.
   *
   * @throws {ValidationError} that lists everything wrong with the options.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = FliptClient.create({
   *   fetcher: async () => Response.json({
   *     namespace: { key: "default" },
   *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
   *   }),
   *   defaults: { "dark-mode": false },
   * });
   * console.assert(!client.isEnabled("dark-mode", "user-1"));
   * console.assert(await client.ready({ timeout: 2 }) === "fresh");
   * console.assert(client.isEnabled("dark-mode", "user-1"));
   * ```
   */
  static create<Flags extends FlagTypes<Flags> = AnyFlags>(
    options?: ClientOptions<Flags>,
  ): FliptClient<Flags> {
    return createClient(options, system);
  }

  /**
   * Waits until the client has started, but no longer than `timeout`: until the first fetch has succeeded, or has
   * failed, once if there is a stored state, and after all attempts if there is none.
   *
   * @returns where its answers come from: `"fresh"` flags, `"stored"` flags, or `"defaults"`.
   * @throws {ValidationError} (rejects) when `timeout` is not a number of seconds.
   * @throws {EvaluationError} (rejects) only with `orThrow`, in place of `"defaults"`.
   */
  async ready(options?: ReadyOptions): Promise<Readiness> {
    const parts = attachedParts<Parts>(this, "ready");
    const { ready } = await import("./ready.ts");
    return await ready(parts, options);
  }

  /**
   * Fetches the flag state now, or waits for the fetch that is in progress.
   *
   * @returns true when the state changed, by this fetch or since the client last reported a change: by `refresh()`, or
   * to a listener of `"update"`. So a change that polling or a stream received in the background is not lost.
   * @throws {FetchError} (rejects) when it cannot be fetched, with every error strategy.
   * @throws {DocumentError} (rejects) when the server's document is not valid; the state stays as it was.
   * @throws {EvaluationError} (rejects) when the client is closed, or is closed meanwhile.
   */
  async refresh(): Promise<boolean> {
    const { updater, stateUpdates, progress } = attachedParts<Parts>(this, "refresh");
    if (progress.engine !== undefined) await progress.engine;
    // As it was when this was called: several calls may wait for one fetch, and a listener may hear of it first.
    const { told } = stateUpdates;
    await updater.update();
    return stateUpdates.tell(told);
  }

  /**
   * Returns the flags of one request: for one entity and context, from the current flag state, each evaluated once.
   *
   * @param overrides Overrides for this request: what `overrideFlags` of `@flipt-ffi/client/overrides` returns.
   * @default none
   * @returns a scope with the client's calls, without an entity and a context. Dispose of it when the request is over.
   * @throws {ValidationError} when the entity id is not a string.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = await FliptClient.init({
   *   fetcher: async () => Response.json({
   *     namespace: { key: "default" },
   *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
   *   }),
   * });
   * using flags = client.for("user-1", { country: "NL" });
   * console.assert(flags.isEnabled("dark-mode"));
   * console.assert("dark-mode" in flags.used());
   * ```
   */
  for(entityId: string, context?: EvaluationContext | null, overrides?: ScopeOverrides): Scope<Flags> {
    return new Scope(attachedParts<Parts>(this, "for"), entityId, context, overrides);
  }

  /**
   * Refreshes a client that has no timers (`updates: "lazy"`), behind a response: fetches when the flags are older than
   * `maxAge`, and otherwise does nothing. After a failure it waits as polling does, however often it is called.
   *
   * @returns a promise that never rejects for what the server does: hand it to `waitUntil` where the platform has one. It
   * is true when it fetched.
   * @throws {ValidationError} (rejects) when `maxAge` or `timeout` is no number of seconds, or `waitUntil` no function.
   *
   * @example
   * ```ts ignore
   * client.touch({ maxAge: 30, waitUntil: (refreshing) => ctx.waitUntil(refreshing) });
   * ```
   */
  touch(options?: TouchOptions): Promise<boolean> {
    const parts = attachedParts<Parts>(this, "touch");
    const refreshing = import("./touch.ts").then(({ touch }) => touch(parts, options));
    if (typeof options?.waitUntil === "function") options.waitUntil(refreshing);
    return refreshing;
  }

  /** The status of the client: whether evaluations have answers, how old the flag state is, and the last failure. */
  get status(): ClientStatus {
    return attachedParts<Parts>(this, "status").status.current;
  }

  /**
   * Calls `listener` whenever something happens: `"update"` when the flag state was replaced, `"error"` when a fetch
   * failed after its retries or a stream does not work, `"status"` when `status.state` or `status.mode` changed,
   * `"default"` when a default was returned in place of an answer. A listener that throws is reported once and has no
   * other effect.
   *
   * @returns a function that removes the listener; `signal` does so, too.
   * @throws {ValidationError} when there is no such event, or the listener is not a function.
   *
   * @example
   * ```ts ignore
   * const stop = client.on("update", ({ changedFlags }) => console.log("changed:", changedFlags));
   * stop();
   * ```
   */
  on<Name extends keyof ClientEvents>(
    event: Name,
    listener: Listener<Name>,
    options?: ListenOptions,
  ): () => void {
    return attachedParts<Parts>(this, "on").listeners.add(event, listener, options);
  }

  /**
   * Replaces the authentication from the next request on. Has no effect with a custom `fetcher`.
   *
   * @throws {ValidationError} when it is neither a usable token nor a function.
   */
  updateAuthentication(authentication: AuthenticationStrategy | AuthenticationProvider): void {
    const problem = providerProblem(authentication);
    if (problem !== undefined) throw new ValidationError(`the authentication ${problem}`);
    attachedParts<Parts>(this, "updateAuthentication").requester.authenticate(authentication);
  }

  /**
   * Shares this client's flag state with the Workers of the process: post the returned handle to them, for
   * `FliptClient.attach`. On the native engine, all of them read the same state; elsewhere each change is sent to them
   * as a copy.
   *
   * @throws {EvaluationError} when there is no flag state yet, or the client is closed.
   *
   * @example
   * ```ts ignore
   * const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
   * worker.postMessage(client.share());
   * ```
   */
  share(): SharedHandle {
    const { lifetime, sharing } = attachedParts<Parts>(this, "share");
    if (lifetime.signal.aborted) throw released();
    return sharing.handle();
  }

  /**
   * Returns a client that evaluates, in a Worker, from the flag state that another client of the process shares. It
   * fetches nothing, and sees each new state as soon as that client has it.
   *
   * @returns a client for evaluations, lists of flags and snapshots. Close it when it is no longer needed.
   * @throws {ValidationError} (rejects) when `handle` does not come from `share()`.
   * @throws {EngineError} (rejects) when the library cannot be opened here, or the state is not shared.
   * @throws {EvaluationError} (rejects) when the client that shares it is closed.
   *
   * @example
   * ```ts ignore
   * onmessage = async ({ data }) => {
   *   using client = await FliptClient.attach(data);
   *   postMessage(client.evaluateBoolean("dark-mode", "user-1").enabled);
   * };
   * ```
   */
  static attach<Flags extends FlagTypes<Flags> = AnyFlags>(
    handle: SharedHandle,
  ): Promise<AttachedClient<Flags>> {
    return attach(handle);
  }

  /** Ends polling, streaming and fetches in progress, and releases the memory of the state. Idempotent. */
  close(): void {
    const parts = attachedParts<Parts>(this, "close");
    const { lifetime, poller, sharing, holder, status, listeners } = parts;
    lifetime.abort(released());
    poller.stop();
    sharing.close();
    holder.close();
    status.close();
    listeners.close();
  }

  /** Closes the client at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes the client at the end of an `await using` block, and waits until it has finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    const { updater, progress, store } = attachedParts<Parts>(this, "close");
    await Promise.all([updater.idle(), progress.streaming, store.keeper?.idle()]);
  }
}

/** Makes a client of its parts. @internal */
export function clientOf<Flags extends FlagTypes<Flags> = AnyFlags>(parts: Parts): FliptClient<Flags> {
  return construct(parts);
}

/** Makes a client in given surroundings: what `FliptClient.init` does in those of the system. @internal */
export async function initClient<Flags extends FlagTypes<Flags> = AnyFlags>(
  options: ClientOptions<Flags> | undefined,
  surroundings: Surroundings,
): Promise<FliptClient<Flags>> {
  const settings = resolveOptions(options as ClientOptions | undefined);
  const { startTimeout } = settings;
  const parts = startParts(settings, surroundings, startTimeout === undefined);
  const { started } = parts.progress;
  await (startTimeout === undefined
    ? started
    : within(started, startTimeout * 1000, surroundings.clock, false));
  return construct(parts);
}

/** Makes a client that starts by itself: what `FliptClient.create` does in those of the system. @internal */
export function createClient<Flags extends FlagTypes<Flags> = AnyFlags>(
  options: ClientOptions<Flags> | undefined,
  surroundings: Surroundings,
): FliptClient<Flags> {
  return construct(startParts(resolveOptions(options as ClientOptions | undefined), surroundings, false));
}

/** Starts what the client is made of; the option `signal` ends it until it has started. */
function startParts(settings: Settings, surroundings: Surroundings, isAwaited: boolean): Parts {
  const { signal } = settings;
  const lifetime = new AbortController();
  const end = (): void => lifetime.abort(signal?.reason);
  if (signal?.aborted) end();
  const forget = signal && onAbort(signal, end);
  const parts = start(settings, surroundings, lifetime, isAwaited);
  // Without a signal, `then` would make a promise that nobody listens to, and that rejects as `init` does.
  if (forget !== undefined) parts.progress.started?.then(forget, forget);
  return parts;
}
