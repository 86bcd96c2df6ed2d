// Calls whose answers code that moves from the official client relies on, in the words of docs/migrating.md.

import type { EitherClient, Scene } from "./side_by_side.ts";
import { document, known, refusing, turned } from "./side_by_side.ts";

/** A call, made on both packages. */
export type Call = (scene: Scene) => Promise<unknown>;

const off = { flagKey: "kill-switch", entityId: "user-1", context: {} };
const variant = { flagKey: "checkout-flow", entityId: "user-1", context: {} };
const unknown = { flagKey: "nope", entityId: "user-1", context: {} };

async function messageOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

/** What the official client gives to hooks. */
const HOOK_MEMBERS = ["flagKey", "flagType", "reason", "segmentKeys", "value"];

/** A message without what it says to do, which is behind the second colon. */
function startOf(message: unknown): unknown {
  return typeof message === "string" ? message.split(":").slice(0, 2).join(":") : message;
}

/** A client whose server refuses from now on. */
async function inOutage({ init, server }: Scene, errorStrategy?: string): Promise<EitherClient> {
  const client = await init({ errorStrategy });
  server.answerAlways(refusing);
  return client;
}

async function offline(
  { init, server }: Scene,
  options: Readonly<Record<string, unknown>>,
): Promise<EitherClient> {
  server.answerAlways(refusing);
  return await init(options);
}

async function snapshotOf({ init }: Scene): Promise<string> {
  return (await init()).getSnapshot();
}

/** Settles when polling has brought the other value of the flag. */
async function polled(client: EitherClient): Promise<void> {
  while (client.evaluateBoolean(known).enabled) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The calls, by what the page calls them. */
export const calls: Readonly<Record<string, Call>> = {
  'without a server, `init` under `"fallback"`': async (scene) =>
    (await offline(scene, { errorStrategy: "fallback" })).listFlags().length,
  "without a server, `init`": async (scene) => (await offline(scene, {})).listFlags().length,
  'without a server, `init` under `"fail"`': async (scene) =>
    (await offline(scene, { errorStrategy: "fail" })).listFlags().length,
  'without a server, `init` under `"fallback"` with a `snapshot`': async (scene) => {
    const snapshot = await snapshotOf(scene);
    return (await offline(scene, { errorStrategy: "fallback", snapshot })).evaluateBoolean(known).enabled;
  },
  "without a server, `init` with a `snapshot`": async (scene) => {
    const snapshot = await snapshotOf(scene);
    return (await offline(scene, { snapshot })).evaluateBoolean(known).enabled;
  },
  'requests until a snapshot answers under `"fallback"`, from a server that answers 503': async (scene) => {
    const snapshot = await snapshotOf(scene);
    scene.server.answerAlways({ status: 503 });
    const before = scene.server.requests.length;
    await scene.init({ errorStrategy: "fallback", snapshot });
    return scene.server.requests.length - before;
  },
  "in an outage, `refresh()`": async (scene) => await (await inOutage(scene)).refresh(),
  'in an outage, `refresh()` under `"fail"`': async (scene) =>
    await (await inOutage(scene, "fail")).refresh(),
  'in an outage, `refresh()` under `"fallback"`': async (scene) =>
    await (await inOutage(scene, "fallback")).refresh(),
  ...Object.fromEntries([undefined, "fail", "fallback"].map((errorStrategy): [string, Call] => [
    `in an outage, an evaluation after \`refresh()\`${errorStrategy ? ` under \`"${errorStrategy}"\`` : ""}`,
    async (scene) => {
      const client = await inOutage(scene, errorStrategy);
      await client.refresh().catch(() => {});
      return client.evaluateBoolean(known).enabled;
    },
  ])),
  "`refresh()` when nothing changed": async ({ init }) => await (await init()).refresh(),
  "`refresh()` when the state changed": async ({ init, server }) => {
    const client = await init();
    server.setDocument("shop", turned);
    return [await client.refresh(), client.evaluateBoolean(known).enabled];
  },
  "`refresh()` after polling took a change": async ({ init, server }) => {
    const client = await init({ updateInterval: 0.05 });
    server.setDocument("shop", turned);
    await polled(client);
    return await client.refresh();
  },
  "`refresh()` when the state changed and its `digest` did not": async ({ init, server }) => {
    const answer = (state: object, etag: string): void =>
      server.answerAlways({ body: JSON.stringify({ ...state, digest: "8f7b3c1e" }), headers: { etag } });
    answer(document, "first");
    const client = await init();
    answer(turned, "second");
    return [await client.refresh(), client.evaluateBoolean(known).enabled];
  },
  "`refresh()` after `close()`": async ({ init }) => {
    const client = await init();
    client.close();
    return await client.refresh();
  },
  "an evaluation after `close()`": async ({ init }) => {
    const client = await init();
    client.close();
    return client.evaluateBoolean(known).enabled;
  },
  "the `reason` of a boolean flag that is off": async ({ init }) =>
    (await init()).evaluateBoolean(off).reason,
  "the `reason` of a boolean flag that is on": async ({ init }) =>
    (await init()).evaluateBoolean(known).reason,
  "a variant": async ({ init }) => {
    const { requestDurationMillis: _, timestamp: __, ...rest } = (await init()).evaluateVariant(variant);
    return Object.entries(rest).sort();
  },
  "a flag without rules": async ({ init }) => {
    const { variantKey, reason, match, variantAttachment } = (await init()).evaluateVariant({
      ...variant,
      flagKey: "no-rules",
    });
    return { variantKey, reason, match, variantAttachment };
  },
  "the start of the message for a flag that is unknown": async ({ init }) => {
    const client = await init();
    return startOf(await messageOf(() => client.evaluateBoolean(unknown)));
  },
  "the start of the message for a flag of the other type": async ({ init }) => {
    const client = await init();
    return [
      startOf(await messageOf(() => client.evaluateVariant(known))),
      startOf(await messageOf(() => client.evaluateBoolean(variant))),
    ];
  },
  "the message for a blank flag key": async ({ init }) => {
    const client = await init();
    return await messageOf(() => client.evaluateBoolean({ ...known, flagKey: " " }));
  },
  "the message for an empty entity id": async ({ init }) => {
    const client = await init();
    return await messageOf(() => client.evaluateVariant({ ...variant, entityId: "" }));
  },
  "an evaluation without a `context`": async ({ init }) =>
    (await init()).evaluateBoolean({ flagKey: known.flagKey, entityId: "user-1" }).enabled,
  "a number in the `context`": async ({ init }) =>
    (await init()).evaluateBoolean({ ...known, context: { orders: 3 } }).enabled,
  "a `Map` as `context`": async ({ init }) =>
    (await init()).evaluateVariant({ ...variant, context: new Map([["country", "NL"]]) })["variantKey"],
  "a context that throws when it is read": async ({ init }) => {
    const context = {
      get country(): string {
        throw new Error("of the context");
      },
    };
    return (await init()).evaluateVariant({ ...variant, context })["variantKey"];
  },
  "the types of a batch": async ({ init }) =>
    (await init()).evaluateBatch([known, variant, unknown]).responses.map(({ type }) => type),
  "a blank flag key in a batch": async ({ init }) =>
    (await init()).evaluateBatch([{ ...known, flagKey: "" }]).responses[0]?.type,
  "a hook around an evaluation": async ({ init }) => {
    const seen: unknown[] = [];
    // Hooks are given more here.
    const isTheirs = ([name]: readonly [string, unknown]): boolean => HOOK_MEMBERS.includes(name);
    const note = (data: object): void => void seen.push(Object.entries(data).filter(isTheirs).sort());
    const client = await init({ hook: { before: note, after: note } });
    client.evaluateVariant(variant);
    client.evaluateBoolean(known);
    return seen;
  },
  "the hooks that a batch calls": async ({ init }) => {
    let count = 0;
    const client = await init({ hook: { before: () => count++, after: () => count++ } });
    client.evaluateBatch([known, variant, unknown]);
    return count;
  },
  "an evaluation whose hook throws": async ({ init }) => {
    const fail = (): void => {
      throw new Error("of the hook");
    };
    return (await init({ hook: { before: fail, after: fail } })).evaluateBoolean(known).enabled;
  },
  "an option that is not known": async ({ init }) => (await init({ upadteInterval: 5 })).listFlags().length,
  "an `updateInterval` that is negative": async ({ init }) =>
    (await init({ updateInterval: -1 })).listFlags().length,
  "an `updateInterval` that is a string": async ({ init }) =>
    (await init({ updateInterval: "5" })).listFlags().length,
  "a `hook` without a method": async ({ init }) => (await init({ hook: {} })).listFlags().length,
  "two tokens": async ({ init }) =>
    (await init({ authentication: { clientToken: "a", jwtToken: "b" } })).listFlags().length,
  "an `errorStrategy` that is not known": async ({ init }) =>
    (await init({ errorStrategy: "retry" })).listFlags().length,
  "a `snapshot` that is not one": async ({ init }) => (await init({ snapshot: "@@" })).listFlags().length,
  "a `url` that is empty": async ({ init }) => (await init({ url: "" })).listFlags().length,
  "a `namespace` that is empty": async ({ init }) => (await init({ namespace: "" })).listFlags().length,
  ...Object.fromEntries(
    [
      ["`url`", { url: null }, "`null`"],
      ["`environment`", { environment: null }, "`null`"],
      ["`reference`", { reference: "" }, "empty"],
      ["`reference`", { reference: null }, "`null`"],
      ["`snapshot`", { snapshot: "" }, "empty"],
      ["`snapshot`", { snapshot: null }, "`null`"],
      ["`authentication`", { authentication: null }, "`null`"],
      ["`authentication`", { authentication: {} }, "`{}`"],
      ["`authentication`", { authentication: { clientToken: "" } }, "an empty client token"],
      ["`authentication`", { authentication: { jwtToken: "" } }, "an empty JWT"],
      ["`authentication`", { authentication: { clientToken: null } }, "no client token"],
      ["`updateInterval`", { updateInterval: null }, "`null`"],
      ["`errorStrategy`", { errorStrategy: null }, "`null`"],
      ["`hook`", { hook: null }, "`null`"],
      ["`fetcher`", { fetcher: null }, "`null`"],
    ].map(([option, options, value]): [string, Call] => [
      `${option} that is ${value}`,
      async ({ init }) => (await init(options as Readonly<Record<string, unknown>>)).listFlags().length,
    ]),
  ),
  "`maxRetryAttempts`, an option of the React package": async ({ init }) =>
    (await init({ maxRetryAttempts: 3 })).listFlags().length,
  "a document with a byte order mark": async ({ init, server }) => {
    server.answerAlways({ body: `\ufeff${JSON.stringify(document)}` });
    return (await init()).listFlags().length;
  },
  "a client behind `new Proxy(client, {})`": async ({ init }) =>
    new Proxy(await init(), {}).evaluateBoolean(known).enabled,
  "a method that is taken from its client": async ({ init }) => {
    const { evaluateBoolean } = await init();
    return evaluateBoolean(known).enabled;
  },
  "the flags": async ({ init }) =>
    (await init()).listFlags().map((flag) => {
      const { key, type, enabled } = flag as unknown as Record<string, unknown>;
      return `${key} ${type} ${enabled}`;
    }).sort(),
  "a fetcher": async ({ init }) =>
    (await init({ fetcher: () => Promise.resolve(Response.json(document)) })).listFlags().length,
  "a fetcher that rejects": async ({ init }) =>
    (await init({ fetcher: () => Promise.reject(new Error("no")) })).listFlags().length,
};
