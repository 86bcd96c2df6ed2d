// The differential run: every engine that can be had here against the reference library, document by document.

import process from "node:process";
import type { CompiledState, Engine } from "../../engines/engine.ts";
import { openReferenceEngine } from "../../engines/flipt_engine_ffi/mod.ts";
import { openNativeEngine } from "../../engines/native/mod.ts";
import { portableEngine } from "../../engines/portable/mod.ts";
import { ensureEngine } from "../../tasks/build_engine.ts";
import { ensureReferenceLibrary, referenceLibraryPath } from "../../tasks/reference_library.ts";
import {
  type Answer,
  compileText,
  describeMismatch,
  type Evaluator,
  evaluatorOf,
  sameAnswer,
} from "./compare.ts";
import { generateCase, type GeneratedCase, type GeneratedRequest } from "./generator.ts";

/** What a run saw. */
export interface Coverage {
  /** How many requests were answered. */
  evaluations: number;
  /** How often each reason, or `error`, was the reference's answer. */
  readonly reasons: Map<string, number>;
  /** How often each type and operator held, and failed, where it alone decided. */
  readonly operators: Map<string, { held: number; failed: number }>;
}

/** Something that can answer for a document: an engine, or another client. */
export interface Candidate {
  /** The name in reports of mismatches. */
  readonly name: string;
  /** Takes a document; `close` gives it back. */
  readonly open: (generated: GeneratedCase) => Promise<{ evaluate: Evaluator; close: () => void }>;
}

/** An engine as a candidate. */
export function engineCandidate(engine: Engine): Candidate {
  return {
    name: engine.info.kind,
    open: async (generated) => {
      const state: CompiledState = await compileText(engine, generated.document, generated.namespace);
      return { evaluate: evaluatorOf(state), close: () => state.release() };
    },
  };
}

/** False, or why the reference library is not to be had: for the `skip` of a test. */
export function missingReference(): false | string {
  try {
    if (!process.env["FLIPT_ENGINE_PATH"]) ensureReferenceLibrary();
    return false;
  } catch (error) {
    return `no reference library: ${error instanceof Error ? error.message : error}`;
  }
}

/** The reference library as an engine. */
export async function referenceEngine(): Promise<Engine> {
  return await openReferenceEngine({ libraryPath: await referenceLibraryPath() });
}

/**
 * The portable engine, and wherever it can be built the native one, once as it is and once without the flags that it
 * evaluates in JavaScript.
 */
export async function enginesUnderTest(): Promise<Engine[]> {
  const libraryPath = ensureEngine();
  return libraryPath === undefined ? [portableEngine()] : [
    portableEngine(),
    await openNativeEngine({ libraryPath }),
    await openNativeEngine({
      libraryPath,
      smallInScript: false,
      reason: "evaluates every flag in the library",
    }),
  ];
}

/** A run without a request. */
export function emptyCoverage(): Coverage {
  return { evaluations: 0, reasons: new Map(), operators: new Map() };
}

/**
 * Answers the requests of one seed's document with each candidate.
 * @param same Whether an answer is the reference's, where that is not plain equality.
 * @returns The description of the first mismatch, `undefined` when there is none.
 */
export async function compareCase(
  seed: number,
  requests: number,
  reference: Candidate,
  candidates: readonly Candidate[],
  coverage: Coverage,
  same: (reference: Answer, answer: Answer, request: GeneratedRequest) => boolean = sameAnswer,
): Promise<string | undefined> {
  const generated = generateCase(seed, requests);
  const oracle = await reference.open(generated);
  const opened: { name: string; evaluate: Evaluator; close: () => void }[] = [];
  try {
    for (const candidate of candidates) {
      opened.push({ name: candidate.name, ...await candidate.open(generated) });
    }
    for (const request of generated.requests) {
      const expected = oracle.evaluate(request);
      note(coverage, request, expected);
      for (const { name, evaluate } of opened) {
        const answer = evaluate(request);
        if (!same(expected, answer, request)) {
          return describeMismatch(generated, request, { [reference.name]: expected, [name]: answer });
        }
      }
    }
    return undefined;
  } finally {
    for (const { close } of [oracle, ...opened]) close();
  }
}

function note(coverage: Coverage, request: GeneratedRequest, answer: Answer): void {
  coverage.evaluations++;
  const reason = String(answer.reason ?? "error");
  coverage.reasons.set(reason, (coverage.reasons.get(reason) ?? 0) + 1);
  if (request.operator === undefined || answer.match === undefined) return;
  const seen = coverage.operators.get(request.operator) ?? { held: 0, failed: 0 };
  if (answer.match === true) seen.held++;
  else seen.failed++;
  coverage.operators.set(request.operator, seen);
}
