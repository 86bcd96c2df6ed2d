// The official client and this one behind the same names, and the calls that are made on both.

import * as official from "@flipt-io/flipt-client-js";
import * as own from "../../mod.ts";
import { shopDocument } from "./runtime.ts";
import { type FlagJson, FliptServer } from "./server.ts";

/** A client of either package, as code in JavaScript sees it. */
export interface EitherClient {
  evaluateBoolean(request: unknown): { readonly enabled: boolean; readonly reason: string };
  evaluateVariant(request: unknown): Readonly<Record<string, unknown>>;
  evaluateBatch(requests: unknown): { readonly responses: readonly { readonly type: string }[] };
  listFlags(): readonly { readonly key: string }[];
  getSnapshot(): string;
  refresh(): Promise<boolean>;
  close(): void;
}

/** Either package. */
export interface EitherPackage {
  readonly FliptClient: { init(options: Readonly<Record<string, unknown>>): Promise<EitherClient> };
}

/** The packages. */
export const packages: { readonly there: EitherPackage; readonly here: EitherPackage } = {
  there: official as unknown as EitherPackage,
  here: own as unknown as EitherPackage,
};

/** What a call has to work with. */
export interface Scene {
  /** The server, which has the flags of the shop. */
  readonly server: FliptServer;
  /** Makes a client of that server, which polls only when told to. */
  init(options?: Readonly<Record<string, unknown>>): Promise<EitherClient>;
}

/** A question about a flag that is there. */
export const known = { flagKey: "dark-mode", entityId: "user-1", context: {} } as const;

/** The flags of the shop. */
export const document = shopDocument();

/** The same with the flag of `known` turned to the other value. */
export const turned = {
  ...document,
  flags: document.flags.map((flag): FlagJson =>
    flag.key === known.flagKey ? { ...flag, enabled: false } : flag
  ),
};

/** What a server answers in an outage that is not worth a retry. */
export const refusing = { status: 403 } as const;

/** What comes of a call with a package: its value as JSON in backquotes, or an error, thrown or rejected with. */
export async function outcome(
  { FliptClient }: EitherPackage,
  call: (scene: Scene) => Promise<unknown>,
): Promise<string> {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  const clients: EitherClient[] = [];
  const init = async (options: Readonly<Record<string, unknown>> = {}): Promise<EitherClient> => {
    const client = await FliptClient.init({
      url: server.url,
      namespace: "shop",
      updateInterval: 0,
      ...options,
    });
    clients.push(client);
    return client;
  };
  try {
    return "`" + JSON.stringify(await call({ server, init })) + "`";
  } catch {
    return "an error";
  } finally {
    for (const client of clients) client.close();
  }
}
