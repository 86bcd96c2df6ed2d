// The Flipt clients: this package with each of its engines, and npm's official client.

import process from "node:process";
import type { FliptClient } from "../../src/client.ts";
import type { Flag } from "../flags.ts";
import { fliptDocument } from "../flipt_document.ts";
import { type DocumentFetcher, fetcherOfText } from "./fetcher.ts";
import { moduleFor, type OwnSubject } from "./sources.ts";
import type { FliptSubject, Opened } from "./subject.ts";

/** What the official client has in common with this package's. */
export type AnyFliptClient = Pick<
  FliptClient,
  "evaluateVariant" | "evaluateBoolean" | "evaluateBatch" | "refresh" | "close"
>;

type ClientModule = typeof import("../../src/client.ts");

const ENGINES = { native: "native", portable: "portable", reference: "flipt-engine-ffi" } as const;

const ENGINE_MODULES = {
  native: "engines/native/mod.ts",
  portable: "engines/portable/mod.ts",
  reference: "engines/flipt_engine_ffi/mod.ts",
} as const;

/** Makes a client that has the fetcher's document. */
export type InitFliptClient = (fetcher: DocumentFetcher) => Promise<AnyFliptClient>;

/** Loads the subject's module, so that only what comes after is timed. */
export async function loadFliptClient(subject: FliptSubject): Promise<InitFliptClient> {
  if (subject === "official") {
    const { FliptClient } = await import("@flipt-io/flipt-client-js");
    return async (fetcher) =>
      await FliptClient.init({ updateInterval: 0, fetcher }) as unknown as AnyFliptClient;
  }
  const { FliptClient } = await clientModule(subject);
  // A module that the client imports when it knows its engine; installed packages are compiled, and loaded in no time.
  await import(moduleFor(subject, ENGINE_MODULES[subject]));
  const libraryPath = subject === "reference" ? process.env["FLIPT_ENGINE_PATH"] : undefined;
  return (fetcher) => FliptClient.init({ updateInterval: 0, fetcher, engine: ENGINES[subject], libraryPath });
}

/** The module of the client, with that engine and no other. */
export function clientModule(subject: OwnSubject): Promise<ClientModule> {
  return import(moduleFor(subject, "src/client.ts")) as Promise<ClientModule>;
}

/** Opens a Flipt client as a subject. */
export async function openFlipt(
  subject: FliptSubject,
  flags: readonly Flag[],
  kind: Flag["kind"],
): Promise<Opened> {
  const init = await loadFliptClient(subject);
  const client = await init(fetcherOfText(fliptDocument(flags)));
  return {
    target: client,
    call: kind === "variant" ? "target.evaluateVariant(request)" : "target.evaluateBoolean(request)",
    request: ({ flagKey, entityId, context }) => ({ flagKey, entityId, context }),
    outcome: (answer) => {
      const { variantKey, enabled } = answer as { variantKey?: string; enabled?: boolean };
      return variantKey ?? String(enabled);
    },
    agreement: (answer) => {
      const { flagKey, match, reason, segmentKeys, variantKey, variantAttachment, enabled } =
        answer as Record<
          string,
          unknown
        >;
      const attachment = variantAttachment || undefined;
      return JSON.stringify({ flagKey, match, reason, segmentKeys, variantKey, attachment, enabled });
    },
    close: () => client.close(),
  };
}
