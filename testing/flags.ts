// A client for unit tests whose flags are set by the test.

import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import { systemClock } from "../ffi/system_clock.ts";
import type { FlagDocument } from "../engines/document.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { assemble } from "../src/assemble.ts";
import { HookRunner } from "../src/evaluation/hook_runner.ts";
import { clientOf, type FliptClient } from "../src/client.ts";
import type { EvaluationHook } from "../src/evaluation/hooks.ts";
import type { Settings } from "../src/options/options.ts";
import { resolveOptions } from "../src/options/options.ts";
import { HttpRequester } from "../src/sources/http_request.ts";
import type { Source } from "../src/sources/source.ts";
import { Fingerprint } from "../src/state/fingerprint.ts";
import { Definitions } from "./definitions.ts";
import type { TestFlagValue, TestFlagValues } from "./definitions.ts";
import { evaluationList, RecordingState } from "./recording.ts";
import type { RecordedEvaluations } from "./recording.ts";

/** Options of `testFlags`. */
export interface TestFlagsOptions {
  /** The namespace in errors and batch responses. @default "default" */
  readonly namespace?: string;
  /** The defaults for flags without an answer, as for a client. @default none */
  readonly defaults?: Readonly<Record<string, boolean | string | object>>;
  /** Hooks that run around each evaluation. @default none */
  readonly hooks?: readonly Partial<EvaluationHook>[];
}

/** Limits a change to one entity. */
export interface TestFlagScope {
  /** The entity. @default all */
  readonly entityId?: string;
}

/** A client whose flags are set by a test. */
export interface TestFlags extends FliptClient {
  /** The evaluations so far, oldest first. Does not contain unknown flags in a batch. */
  readonly evaluations: RecordedEvaluations;
  /**
   * Sets the value of a flag and emits an `"update"` event. A value for all entities also discards those for single
   * entities.
   *
   * @throws {ValidationError} when the value is invalid, or of another type than the flag.
   */
  set(flagKey: string, value: TestFlagValue, scope?: TestFlagScope): void;
  /** Removes a flag, so that it is unknown, or only its value for one entity. */
  unset(flagKey: string, scope?: TestFlagScope): void;
  /** Restores the initial flags and clears `evaluations`. */
  reset(): void;
}

/**
 * Creates a client for unit tests: a real client with a real engine whose flags are set by the test. It fetches
 * nothing, is ready at once, and need not be closed.
 *
 * @param flags The values of the flags: `true` or `false` for a boolean flag, the key of a variant or
 * `{ variant, attachment }` for a variant flag. Any other flag is unknown, with the usual error.
 * @returns a client that can be used wherever a `FliptClient` is expected.
 * @throws {ValidationError} when a value is invalid.
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
  checkOptionNames("testFlags()", options, OPTIONS);
  const { namespace, defaults, hooks } = options;
  return clientFor(flags, resolveOptions({ namespace, defaults, hooks, updateInterval: 0 }));
}

const OPTIONS: OptionNames<TestFlagsOptions> = { namespace: true, defaults: true, hooks: true };

/** Returns a client with the methods that change its flags. */
function clientFor(flags: TestFlagValues, settings: Settings): TestFlags {
  const { namespace } = settings;
  const parts = assemble({
    settings,
    requester: new HttpRequester(settings),
    loaded: { source: unchangedSource, engine: portableEngine("testFlags evaluates in TypeScript") },
    clock: systemClock,
    lifetime: new AbortController(),
  });
  if (parts.hooks !== null) parts.hooks.runner = new HookRunner(settings.hooks, parts.warn);
  const evaluations = evaluationList();
  const initial = new Definitions(flags);
  let definitions = initial.copy();
  const publish = (): void => {
    const document = withDigest(definitions.document(namespace));
    const state = new RecordingState(document, namespace, (evaluation) => evaluations.push(evaluation));
    parts.stateUpdates.fetched({ state, version: { digest: state.digest }, askedAt: 0 });
  };
  publish();
  parts.stateUpdates.tell(0);
  return Object.assign(clientOf(parts), {
    evaluations,
    set(flagKey: string, value: TestFlagValue, scope?: TestFlagScope): void {
      definitions.set(flagKey, value, entityOf("set()", scope));
      publish();
    },
    unset(flagKey: string, scope?: TestFlagScope): void {
      definitions.unset(flagKey, entityOf("unset()", scope));
      publish();
    },
    reset(): void {
      definitions = initial.copy();
      evaluations.clear();
      publish();
    },
  });
}

/** The entity that a change is for; none, for all of them. */
function entityOf(call: string, scope: TestFlagScope = {}): string | undefined {
  // What has one may have more: a request, or a scope.
  if (scope?.entityId === undefined) checkOptionNames<TestFlagScope>(call, scope, { entityId: true });
  return scope.entityId;
}

function withDigest(document: FlagDocument): FlagDocument {
  const fingerprint = new Fingerprint();
  fingerprint.add(new TextEncoder().encode(JSON.stringify(document)));
  return { ...document, digest: fingerprint.text() };
}

/** A source without new states: flags only change by `set` and the like. */
const unchangedSource: Source = { url: "", ask: () => Promise.resolve({ kind: "unchanged" }) };
