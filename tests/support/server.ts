// The Flipt server of the tests is the one of the package; here are the names and types that tests know it by.

export { FliptTestServer as FliptServer } from "../../testing/server.ts";
export type {
  FliptTestServerOptions as FliptServerOptions,
  Script,
  ScriptedAnswer,
} from "../../testing/server.ts";
export type { DocumentPlace } from "../../testing/answers.ts";
export type { ReceivedRequest as RecordedRequest } from "../../server/protocol.ts";

/** A flag document as Flipt sends it; only what the server itself looks at has a type. */
export interface DocumentJson {
  /** The namespace. */
  readonly namespace: { readonly key: string; readonly [member: string]: unknown };
  /** The flags. */
  readonly flags: readonly FlagJson[];
  /** The digest; the server puts its own in its place. */
  readonly digest?: string;
}

/** A flag of a document. */
export interface FlagJson {
  /** The key. */
  readonly key: string;
  /** Everything else. */
  readonly [member: string]: unknown;
}
