// Where overrides come from, and where they are seen: requests and pages, exposures and metrics, OpenFeature, variables,
// and the command line.

import assert from "node:assert/strict";
import process from "node:process";
import { afterEach, test } from "node:test";
import { OpenFeature } from "@openfeature/server-sdk";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type Context, Hono } from "hono";
import { answersHandler } from "../../answers/mod.ts";
import { main } from "../../cli/mod.ts";
import { type Exposure, trackExposures } from "../../exposure/mod.ts";
import { FliptClient, ValidationError } from "../../mod.ts";
import { FliptProvider } from "../../openfeature/mod.ts";
import { fliptTelemetry } from "../../otel/mod.ts";
import { signedOverrides, signOverrides } from "../../overrides/mod.ts";
import { fliptMetrics } from "../../prometheus/mod.ts";
import { honoFlags } from "../../request/middleware.ts";
import { flags } from "../../request/mod.ts";
import { fetchShop, shop } from "../support/shop_client.ts";
import { FliptServer } from "../support/server.ts";
import { shopDocument } from "../support/runtime.ts";
import { SpanRecorder } from "../support/telemetry.ts";

const secret = "0123456789abcdef0123456789abcdef";
const VARIABLES = ["FLIPT_OVERRIDES", "FLIPT_ALLOW_OVERRIDES", "NODE_ENV", "DENO_ENV"] as const;
const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

/** Sets these of the variables, and no other. */
function setOnly(variables: Readonly<Record<string, string | undefined>>): void {
  for (const name of VARIABLES) {
    const value = variables[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

afterEach(() => setOnly(before));

test("a request with a signed cookie has its overrides in its flags and in the answers of its page, and no other has", async () => {
  const { client } = await shop();
  const overridesOf = signedOverrides({ secret });
  const visitor = async (request: Request) => ({ entityId: "user-1", overrides: await overridesOf(request) });
  const app = new Hono();
  app.use(honoFlags(client, (c: Context) => visitor(c.req.raw)));
  app.get("/", (c) => c.json([flags().isEnabled("kill-switch"), flags().used()["kill-switch"]?.reason]));
  const answers = answersHandler(client, { identify: visitor, keys: ["kill-switch"] });
  app.all("/flags/*", (c) => answers(c.req.raw));
  const cookie = `flipt-overrides=${await signOverrides({ "kill-switch": true }, { secret })}`;
  const get = async (path: string, init: RequestInit = {}): Promise<unknown> =>
    await (await app.request(path, init)).json();
  const headers = { cookie };
  assert.deepEqual(await get("/", { headers }), [true, "OVERRIDE_EVALUATION_REASON"]);
  assert.deepEqual(await get("/"), [false, "FLAG_DISABLED_EVALUATION_REASON"]);
  const forged = { cookie: "flipt-overrides=eyJmbGFncyI6e319.AAAA" };
  assert.deepEqual(await get("/", { headers: forged }), [false, "FLAG_DISABLED_EVALUATION_REASON"]);
  const page = await get("/flags/now", { headers }) as { flags: Record<string, unknown> };
  assert.deepEqual(page.flags, { "kill-switch": { value: true, reason: "OVERRIDE_EVALUATION_REASON" } });
  const ofrep = { method: "POST", body: "{}" };
  const bulk = await get("/flags/ofrep/v1/evaluate/flags", { ...ofrep, headers }) as { flags: unknown };
  assert.deepEqual(bulk.flags, [{ key: "kill-switch", reason: "STATIC", variant: "true", value: true }]);
  client.close();
});

test("an override is no exposure, unless that is asked for", async () => {
  const keys = async (withOverrides: boolean | undefined): Promise<string[]> => {
    const sent: Exposure[] = [];
    await using exposures = trackExposures({ send: (batch) => void sent.push(...batch), withOverrides });
    const { client } = await shop({ hook: exposures.hook, overrides: { "kill-switch": true } });
    client.isEnabled("kill-switch", "e");
    client.isEnabled("dark-mode", "e");
    client.close();
    await exposures.flush();
    return sent.map(({ flagKey, overridden }) => `${flagKey} ${overridden}`);
  };
  assert.deepEqual(await keys(undefined), ["dark-mode undefined"]);
  assert.deepEqual(await keys(true), ["kill-switch true", "dark-mode undefined"]);
});

test("metrics and spans tell an override from an answer of the flag", async () => {
  const metrics = fliptMetrics({ serverSeries: false });
  const telemetry = fliptTelemetry();
  const recorder = new SpanRecorder();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const { client } = await shop({
    hooks: [metrics.hook, telemetry.hook],
    overrides: { "kill-switch": true },
  });
  const events = recorder.eventsOf(() => {
    client.isEnabled("kill-switch", "e");
    client.isEnabled("dark-mode", "e");
  });
  assert.deepEqual(events.map(({ attributes }) => attributes["feature_flag.result.reason"]), [
    "static",
    "default",
  ]);
  assert.match(metrics.text(), /\{flag="kill-switch",variant="true",reason="override"\} 1/);
  assert.match(metrics.text(), /\{flag="dark-mode",variant="true",reason="default"\} 1/);
  telemetry.close();
  client.close();
  context.disable();
  await recorder.shutdown();
});

test("to OpenFeature an override is a static value", async () => {
  const provider = new FliptProvider({
    namespace: "shop",
    fetcher: fetchShop,
    updateInterval: 0,
    overrides: { "kill-switch": true, "checkout-flow": "one-page" },
  });
  await OpenFeature.setProviderAndWait("overrides", provider);
  const features = OpenFeature.getClient("overrides");
  const user = { targetingKey: "user-1" };
  const boolean = await features.getBooleanDetails("kill-switch", false, user);
  assert.deepEqual([boolean.value, boolean.reason], [true, "STATIC"]);
  const variant = await features.getStringDetails("checkout-flow", "", user);
  assert.deepEqual([variant.value, variant.variant, variant.reason], ["one-page", "one-page", "STATIC"]);
  assert.equal((await features.getBooleanDetails("dark-mode", false, user)).reason, "DEFAULT");
  await OpenFeature.close();
});

test("FLIPT_OVERRIDES is read from the environment, refused in production unless it is allowed, and no option's better", async () => {
  const made = async (variables: Record<string, string>, more: object = {}): Promise<string> => {
    setOnly(variables);
    using client = await FliptClient.fromEnvironment({
      namespace: "shop",
      fetcher: fetchShop,
      updateInterval: 0,
      ...more,
    });
    return `${client.isEnabled("kill-switch", "e")} ${client.variant("banner", "e")}`;
  };
  const FLIPT_OVERRIDES = "kill-switch=true,banner=summer";
  assert.equal(await made({}), "false winter");
  assert.equal(await made({ FLIPT_OVERRIDES, NODE_ENV: "development" }), "true summer");
  assert.equal(await made({ FLIPT_OVERRIDES: '{"banner":{"variant":"autumn"}}' }), "false autumn");
  assert.equal(await made({ FLIPT_OVERRIDES }, { overrides: { banner: "own" } }), "false own");
  assert.equal(await made({ NODE_ENV: "production" }), "false winter");
  for (const name of ["NODE_ENV", "DENO_ENV"]) {
    const production = { FLIPT_OVERRIDES, [name]: "production" };
    await assert.rejects(
      made(production),
      (error) =>
        error instanceof ValidationError &&
        error.message ===
          `FLIPT_OVERRIDES is set, and ${name} is "production", where overrides are refused: ` +
            "unset it, or set FLIPT_ALLOW_OVERRIDES=true",
    );
    await assert.rejects(made({ ...production, FLIPT_ALLOW_OVERRIDES: "false" }), ValidationError);
    assert.equal(await made({ ...production, FLIPT_ALLOW_OVERRIDES: "true" }), "true summer");
  }
  await assert.rejects(made({ FLIPT_OVERRIDES: "kill-switch" }), /FLIPT_OVERRIDES must be such as/);
});

test("the command line evaluates and explains with overrides, by an option or the variable", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", shopDocument());
  const run = async (
    parameters: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<string> => {
    let text = "";
    const output = { write: (more: string) => void (text += more), styled: false, columns: 80 };
    const place = ["--url", server.url, "--namespace", "shop", "--engine", "portable", "--entity", "e"];
    const code = await main([...parameters, ...place], {
      environment,
      stdout: output,
      stderr: output,
      stdin: () => Promise.resolve(""),
      interruption: () => new AbortController().signal,
    });
    return `${code} ${text}`;
  };
  const overrides = "kill-switch=true,theme=dark";
  assert.match(
    await run(["evaluate", "kill-switch", "--overrides", overrides]),
    /^0 kill-switch {2}true\n[^]*an override/,
  );
  assert.match(await run(["evaluate", "theme", "--value"], { FLIPT_OVERRIDES: overrides }), /^0 dark\n$/);
  assert.match(await run(["evaluate", "kill-switch", "--value"]), /^0 false\n$/);
  assert.match(
    await run(["explain", "kill-switch", "--short", "--overrides", overrides]),
    /answer: enabled true \(an override\)\nbecause an override answers in the place of the flag; without it: /,
  );
  assert.match(
    await run(["evaluate", "theme", "--overrides", "theme"]),
    /^2 [^]*--overrides must be such as/,
  );
});
