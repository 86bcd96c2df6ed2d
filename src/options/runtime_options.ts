// The options that need more of a runtime than a page has. Pages have a stand-in that refuses them: browser/transport.ts.

import { isObject, textProblem } from "../../core/describe.ts";
import type { ClientOptions } from "./client_options.ts";
import { tlsContradictions } from "./tls.ts";

export { tlsProblem } from "./tls.ts";

/** What is wrong with the option `libraryPath`, worded to follow its name; `undefined` when nothing is. */
export function libraryPathProblem(value: unknown): string | undefined {
  return textProblem(value);
}

/** What these options contradict, a sentence each. */
export function* runtimeContradictions(options: ClientOptions): Generator<string> {
  const { engine, libraryPath } = options;
  if (libraryPath !== undefined && engine !== "native" && engine !== "flipt-engine-ffi") {
    yield `libraryPath only works with engine: "native" or "flipt-engine-ffi"`;
  }
  yield* tlsContradictions(options);
}

/** What to do about options that are a promise, worded to follow what they are; `""` for all else. */
export function awaitHint(options: unknown): string {
  return isObject(options) ? ": await it" : "";
}

let isReactOptionNoted = false;

/** Warns, once, of an option that only the official React package has. */
export function noteReactOption(option: string): void {
  if (!isReactOptionNoted) {
    console.warn(`flipt: ${option} is an option of @flipt-io/flipt-client-react, and has no effect here`);
  }
  isReactOptionNoted = true;
}
