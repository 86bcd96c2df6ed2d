// A client for unit tests, whose flags the test sets.

import { portableEngine } from "../engines/portable/mod.ts";
import type { FlagDocument } from "../engines/document.ts";
import { FliptClient } from "../src/client.ts";
import { systemClock } from "../core/clock.ts";
import { Listeners } from "../src/state/events.ts";
import { FetchAttempts } from "../src/sync/fetch_attempt.ts";
import { Fingerprint } from "../src/state/fingerprint.ts";
import type { Hook } from "../src/evaluation/hooks.ts";
import { HookRunner } from "../src/evaluation/hooks.ts";
import { HttpRequester } from "../src/sources/http_request.ts";
import { StateUpdates } from "../src/sync/state_updates.ts";
import { resolveOptions } from "../src/options/options.ts";
import type { Settings } from "../src/options/options.ts";
import { Poller } from "../src/sync/polling.ts";
import { ReplicationLag } from "../src/sync/replication_lag.ts";
import type { Parts } from "../src/assemble.ts";
import { Sharing } from "../src/workers/sharing.ts";
import type { Source } from "../src/sources/source.ts";
import { StateHolder } from "../src/state/state_holder.ts";
import { StatusKeeper } from "../src/state/status.ts";
import { Updater } from "../src/sync/updater.ts";
import { Definitions } from "./definitions.ts";
import type { TestFlagValue, TestFlagValues } from "./definitions.ts";
import { evaluationList, RecordingState } from "./recording.ts";
import type { RecordedEvaluations } from "./recording.ts";

/** What `testFlags` takes beside the flags. */
export interface TestFlagsOptions {
  /** The namespace, as errors and batches name it. @default "default" */
  readonly namespace?: string;
  /** Run around each evaluation. @default none */
  readonly hooks?: readonly Hook[];
}

/** For whom a flag is set. */
export interface TestFlagScope {
  /** The one entity that it is set for. @default all */
  readonly entityId?: string;
}

/** A client whose flags are set by a test. */
export interface TestFlags extends FliptClient {
  /** What was evaluated, the latest last; an unknown flag in a batch is not. */
  readonly evaluations: RecordedEvaluations;
  /**
   * Sets what a flag answers from now on. What was set for single entities is forgotten when it is set for all. Listeners
   * of `"update"` are told.
   *
   * @throws {ValidationError} when the value is not usable, or a flag would have two types.
   */
  set(flagKey: string, value: TestFlagValue, scope?: TestFlagScope): void;
  /** Takes a flag away, so that it is unknown, or only what it answers to one entity. */
  unset(flagKey: string, scope?: TestFlagScope): void;
  /** Sets all flags back to what they were in the beginning, and forgets the evaluations. */
  reset(): void;
}

/**
 * Makes a client for unit tests. It is a real client with a real engine, but for where flags come from: nothing is fetched,
 * nothing has to be awaited, nothing has to be closed.
 *
 * @param flags what the flags answer: `true` or `false` of a boolean flag, the key of a variant or `{ variant, attachment }`
 * of a variant flag. Every other flag is unknown, with the error that a client gives.
 * @returns a client that can be given to whatever takes a `FliptClient`.
 * @throws {ValidationError} when a value is not usable.
 *
 * @example
 * ```ts
 * import { testFlags } from "@flipt-ffi/client/testing";
 *
 * const client = testFlags({ "new-checkout": true, banner: { variant: "winter", attachment: { discount: 10 } } });
 *
 * console.assert(client.evaluateBoolean("new-checkout", "user-1").enabled);
 * console.assert(client.evaluateVariant("banner", "user-1").variantAttachment === '{"discount":10}');
 *
 * client.set("banner", "summer", { entityId: "user-2" });
 * console.assert(client.evaluateVariant("banner", "user-1").variantKey === "winter");
 * console.assert(client.evaluateVariant("banner", "user-2").variantKey === "summer");
 * console.assert(client.evaluations.length === 4);
 * ```
 */
export function testFlags(flags: TestFlagValues = {}, options: TestFlagsOptions = {}): TestFlags {
  return new TestClient(flags, resolveOptions({ namespace: options.namespace, hooks: options.hooks }));
}

/** A constructor that is closed to users, and not to this package. */
const Client = FliptClient as unknown as new (parts: Parts) => FliptClient;

class TestClient extends Client implements TestFlags {
  readonly evaluations = evaluationList();
  readonly #initial: Definitions;
  readonly #namespace: string;
  readonly #stateUpdates: StateUpdates;
  #definitions: Definitions;

  constructor(flags: TestFlagValues, settings: Settings) {
    const { stateUpdates, ...parts } = prepareTest(settings);
    super(parts);
    this.#initial = new Definitions(flags);
    this.#definitions = this.#initial.copy();
    this.#namespace = settings.namespace;
    this.#stateUpdates = stateUpdates;
    this.#publish();
  }

  set(flagKey: string, value: TestFlagValue, scope: TestFlagScope = {}): void {
    this.#definitions.set(flagKey, value, scope.entityId);
    this.#publish();
  }

  unset(flagKey: string, scope: TestFlagScope = {}): void {
    this.#definitions.unset(flagKey, scope.entityId);
    this.#publish();
  }

  reset(): void {
    this.#definitions = this.#initial.copy();
    this.evaluations.clear();
    this.#publish();
  }

  #publish(): void {
    const document = withDigest(this.#definitions.document(this.#namespace));
    this.#stateUpdates.pushed(
      new RecordingState(document, this.#namespace, (evaluation) => this.evaluations.push(evaluation)),
    );
  }
}

function withDigest(document: FlagDocument): FlagDocument {
  const fingerprint = new Fingerprint();
  fingerprint.add(new TextEncoder().encode(JSON.stringify(document)));
  return { ...document, digest: fingerprint.text() };
}

/** The flags are as new as they get. */
const nothingNew: Source = { url: "", ask: () => Promise.resolve({ kind: "unchanged" }) };

/** The parts of a client that fetches nothing: those that `prepare` makes, without waiting. */
function prepareTest(settings: Settings): Parts & { readonly stateUpdates: StateUpdates } {
  const clock = systemClock;
  const { namespace, hooks, errorStrategy, fetchMode } = settings;
  const engine = portableEngine("flags of a test are evaluated in TypeScript");
  const lifetime = new AbortController();
  const holder = new StateHolder(namespace, errorStrategy);
  const listeners = new Listeners();
  const status = new StatusKeeper({
    answering: holder,
    clock,
    listeners,
    mode: fetchMode,
    maxStaleness: undefined,
  });
  const replicationLag = new ReplicationLag(clock, 0);
  const stateUpdates = new StateUpdates({ holder, status, listeners, replicationLag, store: undefined });
  const shared = { engine, stateUpdates, settings, clock, lifetime: lifetime.signal };
  const fetching = new FetchAttempts({ ...shared, source: nothingNew });
  const updater = new Updater({ ...shared, fetching, interval: 0 });
  return {
    engine: engine.info,
    namespace,
    hooks: hooks.length === 0 ? null : new HookRunner(hooks),
    holder,
    status,
    listeners,
    requester: new HttpRequester(settings),
    updater,
    poller: new Poller(0, clock, updater),
    streamer: undefined,
    store: undefined,
    sharing: new Sharing(engine, holder, namespace),
    lifetime,
    stateUpdates,
  };
}
