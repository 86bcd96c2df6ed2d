// A client for unit tests, whose flags the test sets.

import { systemClock } from "../core/clock.ts";
import type { FlagDocument } from "../engines/document.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { assemble } from "../src/assemble.ts";
import { clientOf, type FliptClient } from "../src/client.ts";
import type { Hook } from "../src/evaluation/hooks.ts";
import type { Settings } from "../src/options/options.ts";
import { resolveOptions } from "../src/options/options.ts";
import { HttpRequester } from "../src/sources/http_request.ts";
import type { Source } from "../src/sources/source.ts";
import { Fingerprint } from "../src/state/fingerprint.ts";
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
  const { namespace, hooks } = options;
  return clientFor(flags, resolveOptions({ namespace, hooks, updateInterval: 0 }));
}

/** A client of its flags, and what a test does to them. */
function clientFor(flags: TestFlagValues, settings: Settings): TestFlags {
  const { namespace } = settings;
  const parts = assemble({
    settings,
    engine: portableEngine("flags of a test are evaluated in TypeScript"),
    requester: new HttpRequester(settings),
    source: nothingNew,
    clock: systemClock,
    lifetime: new AbortController(),
  });
  const evaluations = evaluationList();
  const initial = new Definitions(flags);
  let definitions = initial.copy();
  const publish = (): void => {
    const document = withDigest(definitions.document(namespace));
    parts.stateUpdates.pushed(
      new RecordingState(document, namespace, (evaluation) => evaluations.push(evaluation)),
    );
  };
  publish();
  return Object.assign(clientOf(parts), {
    evaluations,
    set(flagKey: string, value: TestFlagValue, scope: TestFlagScope = {}): void {
      definitions.set(flagKey, value, scope.entityId);
      publish();
    },
    unset(flagKey: string, scope: TestFlagScope = {}): void {
      definitions.unset(flagKey, scope.entityId);
      publish();
    },
    reset(): void {
      definitions = initial.copy();
      evaluations.clear();
      publish();
    },
  });
}

function withDigest(document: FlagDocument): FlagDocument {
  const fingerprint = new Fingerprint();
  fingerprint.add(new TextEncoder().encode(JSON.stringify(document)));
  return { ...document, digest: fingerprint.text() };
}

/** The flags are as new as they get. */
const nothingNew: Source = { url: "", ask: () => Promise.resolve({ kind: "unchanged" }) };
