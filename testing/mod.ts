/**
 * For tests: a client whose flags the test sets, and a Flipt server on the loopback interface that fails on demand.
 *
 * @module
 */

export { testFlags } from "./flags.ts";
export type { TestFlags, TestFlagScope, TestFlagsOptions } from "./flags.ts";
export { flagDocument } from "./definitions.ts";
export type { TestFlagValue, TestFlagValues, TestVariant } from "./definitions.ts";
export type { RecordedEvaluation, RecordedEvaluations } from "./recording.ts";
export { FliptTestServer } from "./server.ts";
export type { FliptTestServerOptions, Script, ScriptedAnswer } from "./server.ts";
export type { DocumentPlace, ServedDocument } from "./answers.ts";
export type { PlainAnswer, ReceivedRequest as RecordedRequest } from "../server/protocol.ts";
