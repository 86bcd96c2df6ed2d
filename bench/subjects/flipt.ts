// The Flipt clients: this package with each of its engines, and npm's official client.

import process from "node:process";
import type { FliptClient } from "../../src/client.ts";
import type { Flag } from "../flags.ts";
import { documentJson } from "../flipt_document.ts";
import { type DocumentFetcher, fetcherOfText } from "./fetcher.ts";
import { moduleFor, type OwnSubject } from "./sources.ts";
import type { FliptSubject, OpenSubject } from "./subject.ts";

/** The common interface of this package's and the official client. */
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

/** Creates a client with the fetcher's document. */
export type InitFliptClient = (fetcher: DocumentFetcher) => Promise<AnyFliptClient>;

/** Loads the modules of a subject, which is not part of what is timed. */
export async function loadFliptClient(subject: FliptSubject): Promise<InitFliptClient> {
  if (subject === "official") {
    const { FliptClient } = await import("@flipt-io/flipt-client-js");
    return async (fetcher) =>
      await FliptClient.init({ updateInterval: 0, fetcher }) as unknown as AnyFliptClient;
  }
  const { FliptClient } = await clientModule(subject);
  // The client imports this module on demand. In an installed package it is compiled, and loads in no time.
  await import(moduleFor(subject, ENGINE_MODULES[subject]));
  const libraryPath = subject === "reference" ? process.env["FLIPT_ENGINE_PATH"] : undefined;
  return (fetcher) => FliptClient.init({ updateInterval: 0, fetcher, engine: ENGINES[subject], libraryPath });
}

/** Loads the modules of a subject for documents of a server. Returns what creates a client with its URL. */
export async function loadHttpClient(
  subject: FliptSubject,
): Promise<(url: string) => Promise<AnyFliptClient>> {
  if (subject === "official") {
    const { FliptClient } = await import("@flipt-io/flipt-client-js");
    return async (url) => await FliptClient.init({ url, updateInterval: 0 }) as unknown as AnyFliptClient;
  }
  const { FliptClient } = await clientModule(subject);
  const libraryPath = subject === "reference" ? process.env["FLIPT_ENGINE_PATH"] : undefined;
  return (url) => FliptClient.init({ url, updateInterval: 0, engine: ENGINES[subject], libraryPath });
}

/** Returns the module of the client, which is used with this engine only. */
export function clientModule(subject: OwnSubject): Promise<ClientModule> {
  return import(moduleFor(subject, "src/client.ts")) as Promise<ClientModule>;
}

/** Opens a Flipt client as a subject. */
export async function openFlipt(
  subject: FliptSubject,
  flags: readonly Flag[],
  kind: Flag["kind"],
): Promise<OpenSubject> {
  const init = await loadFliptClient(subject);
  const client = await init(fetcherOfText(documentJson(flags)));
  return {
    target: client,
    call: kind === "variant" ? "target.evaluateVariant(request)" : "target.evaluateBoolean(request)",
    request: ({ flagKey, entityId, context }) => ({ flagKey, entityId, context }),
    resultOf: (answer) => {
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
