// What pages are given: an element that nothing in it can end, JSON with an ETag, an event stream, and OFREP.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Answers,
  answersHandler,
  type AnswersHandlerOptions,
  answersScript,
  type Visitor,
} from "../../answers/mod.ts";
import { flagBody } from "../../answers/ofrep.ts";
import { pageFlags } from "../../answers/page.ts";
import { ValidationError } from "../../mod.ts";
import { importSize, LIMITS_BYTES } from "../../tasks/bundle_sizes.ts";
import { shopDocument, testClient, withFlag } from "../support/runtime.ts";
import type { DocumentJson } from "../support/server.ts";

/** A handler for visitors that a header names, and what changes the flags. */
async function shop(
  options: Partial<AnswersHandlerOptions> = {},
): Promise<{
  readonly ask: (init?: RequestInit, path?: string) => Promise<Response>;
  readonly change: (document: DocumentJson) => Promise<boolean>;
  readonly close: () => void;
}> {
  let document = shopDocument();
  let changes = 0;
  const { client } = await testClient({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => Promise.resolve(Response.json(document)),
  });
  const identify = (request: Request): Visitor | undefined => {
    const entityId = request.headers.get("x-user");
    return entityId === null ? undefined : { entityId };
  };
  const handler = answersHandler(client, { identify, ...options });
  return {
    ask: (init = {}, path = "/flags") =>
      handler(new Request(`http://shop.test${path}`, { headers: { "x-user": "staff-1" }, ...init })),
    change: (next) => {
      document = { ...next, digest: `change ${++changes}` };
      return client.refresh();
    },
    close: () => client.close(),
  };
}

/** The events of a stream, one after the other. */
async function* eventsOf(response: Response): AsyncGenerator<Record<string, string>, void, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2));
      text = text.slice(end + 2);
      yield Object.fromEntries(lines);
    }
  }
}

test("nothing in the answers can end the element, and it reads back as it was", () => {
  const nasty = "</script><!--<script>&amp;\u2028\u2029";
  const answers = {
    digest: "d1",
    flags: { [nasty]: { value: { a: nasty }, variantKey: nasty, reason: "R" } },
  };
  const html = answersScript(answers, { nonce: "c3VyZQ==", id: "my-flags" });
  const [, text] =
    /^<script type="application\/json" id="my-flags" nonce="c3VyZQ==">(.*)<\/script>$/.exec(html) ?? [];
  assert.ok(text !== undefined, html);
  assert.doesNotMatch(text, /[<>&\u2028\u2029]/);
  assert.deepEqual(JSON.parse(text), answers);
  for (const options of [{ nonce: '"><script>' }, { id: "a b" }, { nonce: "" }]) {
    assert.throws(() => answersScript(answers, options), ValidationError);
  }
});

test("a nonce or an id that is null is absent", () => {
  const html = answersScript({ flags: {} }, { nonce: null, id: null } as never);
  assert.equal(html, '<script type="application/json" id="flipt-answers">{"flags":{}}</script>');
});

test("a page is told of the flags that it is to know, and of none of the rules", async () => {
  const { client } = await testClient({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => Promise.resolve(Response.json(shopDocument())),
  });
  const scope = client.for("staff-1");
  const html = answersScript(scope, { keys: ["checkout-flow", "dark-mode", "nope"] });
  assert.doesNotMatch(html, /staff|segment|constraint|rollout/);
  const text = /">(.*)<\/script>/.exec(html)?.[1] ?? "";
  const { flags } = JSON.parse(text);
  assert.deepEqual(Object.keys(flags), ["checkout-flow", "dark-mode"]);
  assert.equal(flags["checkout-flow"].variantKey, "express");
  assert.deepEqual(
    Object.keys(
      JSON.parse(/">(.*)<\//.exec(answersScript(JSON.parse(text), { keys: ["dark-mode"] }))?.[1] ?? "").flags,
    ),
    ["dark-mode"],
  );
  client.close();
});

test("answers are JSON with an ETag, which is another one when they are", async () => {
  const { ask, change, close } = await shop();
  const first = await ask();
  const etag = first.headers.get("etag") ?? "";
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("content-type"), "application/json");
  assert.equal(first.headers.get("cache-control"), "private, no-cache");
  assert.equal((await first.json()).flags["checkout-flow"].variantKey, "express");
  const headers = { "x-user": "staff-1", "if-none-match": `W/"x", ${etag}` };
  const second = await ask({ headers });
  assert.deepEqual([second.status, await second.text(), second.headers.get("etag")], [304, "", etag]);
  await change(withFlag(shopDocument(), "dark-mode", { enabled: false }));
  const third = await ask({ headers });
  assert.equal(third.status, 200);
  assert.notEqual(third.headers.get("etag"), etag);
  close();
});

test("who is not known gets no answers, or the response of identify", async () => {
  const { ask, close } = await shop();
  assert.equal((await ask({ headers: {} })).status, 401);
  assert.equal((await ask({ method: "DELETE" })).status, 405);
  close();
  const other = await shop({ identify: () => new Response("log in", { status: 403 }) });
  assert.equal((await other.ask()).status, 403);
  other.close();
  const nobody = await shop({ identify: () => null as unknown as undefined });
  assert.equal((await nobody.ask()).status, 401);
  nobody.close();
});

test("an event stream brings the answers at once and after each change, until the client is closed", async () => {
  const { ask, change, close } = await shop();
  const headers = { "x-user": "staff-1", "accept": "text/event-stream" };
  const response = await ask({ headers });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const events = eventsOf(response);
  const first = (await events.next()).value;
  const { flags } = JSON.parse(first?.["data"] ?? "");
  assert.equal(flags["dark-mode"].value, true);
  await change(withFlag(shopDocument(), "dark-mode", { enabled: false }));
  const second = (await events.next()).value;
  assert.equal(JSON.parse(second?.["data"] ?? "").flags["dark-mode"].value, false);
  assert.notEqual(second?.["id"], first?.["id"]);
  close();
  assert.equal((await events.next()).done, true);
});

test("a page that does not read gets what it was sent first, and then only the newest answers", async () => {
  const { ask, change, close } = await shop();
  const { body } = await ask({ headers: { "x-user": "staff-1", "accept": "text/event-stream" } });
  const reader = body?.getReader();
  const read = async (): Promise<unknown> => {
    const { value } = await reader?.read() ?? {};
    return JSON.parse(/^data: (.*)$/m.exec(new TextDecoder().decode(value))?.[1] ?? "null");
  };
  const dark = (enabled: boolean): Promise<boolean> =>
    change(withFlag(shopDocument(), "dark-mode", { enabled }));
  const isDark = (value: unknown): unknown => (value as Answers).flags["dark-mode"]?.value;
  for (let count = 0; count < 20; count++) await dark(count % 2 === 1);
  await dark(false);
  assert.equal(isDark(await read()), true);
  assert.equal(isDark(await read()), false);
  // Nothing else was kept, and what follows arrives while it is waited for.
  const next = read();
  await dark(true);
  assert.equal(isDark(await next), true);
  close();
  assert.equal((await reader?.read())?.done, true);
});

test("once the client is closed, pages keep what they have, and those that follow try again", async () => {
  const { ask, close } = await shop();
  close();
  const json = await ask();
  assert.equal(json.status, 503);
  assert.match(await json.text(), /^the flags are closed: this server is stopping/);
  const stream = await ask({ headers: { "x-user": "staff-1", "accept": "text/event-stream" } });
  assert.equal(stream.status, 200);
  assert.equal(stream.headers.get("content-type"), "text/event-stream");
  assert.equal(await stream.text(), "");
  const ofrep = await ask({ method: "POST", body: "{}" }, "/flags/ofrep/v1/evaluate/flags");
  assert.equal(ofrep.status, 503);
  assert.equal((await ofrep.json()).errorCode, "GENERAL");
});

test("what is wrong with the options, or with what is given for a scope, is said", async () => {
  const { client } = await testClient({ fetcher: () => Promise.resolve(Response.json(shopDocument())) });
  const wrong: readonly [() => unknown, RegExp][] = [
    [() => answersHandler(client, undefined as never), /^answersHandler\(\) takes an object of options/],
    [
      () => answersHandler(client, { identify: 1 } as never),
      /^identify must be a function, but is a number$/,
    ],
    [
      () => answersHandler(client, { identify() {}, key: [] } as never),
      /^unknown option "key" .*; did you mean "keys"\?$/,
    ],
    [
      () => answersHandler(client, { identify() {}, keys: "a" } as never),
      /^keys must be an array of flag keys/,
    ],
    [
      () => answersHandler(client, { identify() {}, keys: ["a", 1] } as never),
      /^keys\[1\] must be a string, but is a number$/,
    ],
    [
      () => answersScript(client.for("u"), { kyes: ["a"] } as never),
      /^unknown option "kyes" of answersScript\(\); did you mean "keys"\?$/,
    ],
    [() => answersScript(client.for("u"), null as never), /^answersScript\(\) takes an object of options/],
    [() => answersScript(client.for("u"), { keys: null } as never), /^keys must be an array of flag keys/],
    [() => answersScript(client.for("u"), { keys: [1] } as never), /^keys\[0\] must be a string/],
    [() => answersScript({ flags: {} }, { keys: "a" } as never), /^keys must be an array of flag keys/],
    [() => answersScript({ flags: {} }, { keys: ["a", null] } as never), /^keys\[1\] .* but is null$/],
    [() => answersScript({ flags: {} }, { nonce: 5 } as never), /^nonce must be letters, .* is a number$/],
    [
      () => answersScript(client as never),
      /^source of answersScript\(\) must be a scope, such as client\.for\(entityId\), but is a client$/,
    ],
    [
      () => answersScript({ flags: {} }, { nonce: 'a"' }),
      /^nonce must be letters, digits and .* only, but is "a\\""$/,
    ],
  ];
  for (const [call, message] of wrong) {
    assert.throws(call, (error: unknown) => error instanceof ValidationError && message.test(error.message));
  }
  client.close();
});

test("a page without EventSource listens all the same, and refreshes when it is told to", async (context) => {
  const text = JSON.stringify({ digest: "d", flags: { on: { value: true, reason: "R" } } });
  context.mock.method(globalThis, "fetch", () => Promise.resolve(new Response(text)));
  const { EventSource: real } = globalThis;
  globalThis.EventSource = undefined as unknown as typeof EventSource;
  try {
    const flags = pageFlags({ answers: { flags: {} }, url: "/flags" });
    let changes = 0;
    const stop = flags.listen(() => changes++);
    assert.equal(await flags.refresh(), true);
    stop();
    assert.equal(changes, 1);
  } finally {
    globalThis.EventSource = real;
  }
});

test("a page whose URL is none listens all the same, and a variant without a key has the default", () => {
  const { EventSource: real } = globalThis;
  globalThis.EventSource = function EventSource(): void {
    throw new SyntaxError("it is no URL");
  } as unknown as typeof EventSource;
  try {
    const flags = pageFlags({ answers: { flags: { odd: { variantKey: null } as never } }, url: "http://[" });
    flags.listen(() => {})();
    assert.equal(flags.value("odd", 5), 5);
  } finally {
    globalThis.EventSource = real;
  }
});

test("a page that goes away is forgotten, and others go on", async () => {
  const { ask, change, close } = await shop();
  const headers = { "x-user": "staff-1", "accept": "text/event-stream" };
  const gone = await ask({ headers });
  const stays = eventsOf(await ask({ headers }));
  await stays.next();
  await gone.body?.cancel();
  await change(withFlag(shopDocument(), "dark-mode", { enabled: false }));
  assert.equal(JSON.parse((await stays.next()).value?.["data"] ?? "").flags["dark-mode"].value, false);
  close();
});

test("OFREP is answered with errors in its words", async () => {
  const { ask, close } = await shop();
  const bulk = "/flags/ofrep/v1/evaluate/flags";
  const post = (body: string, path = bulk): Promise<Response> =>
    ask({ method: "POST", headers: { "x-user": "staff-1" }, body }, path);
  const damaged = await post("{");
  assert.deepEqual([damaged.status, (await damaged.json()).errorCode], [400, "PARSE_ERROR"]);
  assert.equal((await post(`{"context":"${"x".repeat(70_000)}"}`)).status, 400);
  const unknown = await post("{}", `${bulk}/nope`);
  assert.deepEqual([unknown.status, await unknown.json()], [404, {
    key: "nope",
    errorCode: "FLAG_NOT_FOUND",
    errorDetails: "there is no such flag",
  }]);
  const nobody = await ask({ method: "POST", headers: {}, body: "{}" }, bulk);
  assert.deepEqual([nobody.status, (await nobody.json()).errorCode], [401, "GENERAL"]);
  assert.equal((await ask({}, bulk)).status, 405);
  const one = await post('{"context":{"targetingKey":"staff-1"}}', `${bulk}/dark-mode`);
  assert.deepEqual(await one.json(), { key: "dark-mode", reason: "DEFAULT", variant: "true", value: true });
  close();
  const few = await shop({ keys: ["dark-mode"] });
  const hidden = await few.ask({ method: "POST", headers: { "x-user": "e" }, body: "{}" }, `${bulk}/banner`);
  assert.equal(hidden.status, 404);
  few.close();
});

test("OFREP names the variant of a flag whose attachment is true or false", () => {
  assert.deepEqual(flagBody("boxed", { value: true, variantKey: "b", reason: "MATCH_EVALUATION_REASON" }), {
    key: "boxed",
    reason: "TARGETING_MATCH",
    variant: "b",
    value: true,
  });
});

test("a page reads its flags without an engine, and without throwing", () => {
  const flags = pageFlags({
    answers: {
      digest: "d1",
      flags: {
        on: { value: true, reason: "R" },
        theme: { value: { columns: 4 }, variantKey: "wide", reason: "R" },
        plain: { value: "a", variantKey: "a", reason: "R" },
        none: { value: "", reason: "R" },
        boxed: { value: true, variantKey: "boxed", reason: "R" },
      },
    },
  });
  assert.equal(flags.digest, "d1");
  assert.deepEqual([flags.isEnabled("on"), flags.isEnabled("nope"), flags.isEnabled("nope", true)], [
    true,
    false,
    true,
  ]);
  assert.deepEqual([flags.isEnabled("theme"), flags.isEnabled("constructor")], [false, false]);
  assert.deepEqual([flags.variant("theme"), flags.variant("none", "x"), flags.variant("on")], [
    "wide",
    "x",
    "",
  ]);
  assert.deepEqual(flags.value("theme", {}), { columns: 4 });
  assert.deepEqual([flags.value("plain", 1), flags.value("none", 2), flags.value("nope", 3)], [1, 2, 3]);
  assert.deepEqual([flags.isEnabled("boxed"), flags.value("boxed", false)], [false, true]);
  assert.equal(pageFlags().isEnabled("on"), false);
});

test("a flag whose answer is null has the defaults", () => {
  const flags = pageFlags({ answers: JSON.parse('{"flags":{"a":null,"b":5,"c":{"variantKey":null}}}') });
  for (const key of ["a", "b", "c"]) {
    assert.deepEqual([flags.isEnabled(key, true), flags.variant(key, "x")], [true, "x"]);
  }
  assert.deepEqual([flags.value("a", 1), flags.value("b", 2)], [1, 2]);
});

test("a page follows the server: by refresh, and by an event stream while somebody listens", async (context) => {
  const answers = (value: boolean): string =>
    JSON.stringify({ digest: "d", flags: { on: { value, reason: "R" } } });
  let text = answers(false);
  context.mock.method(globalThis, "fetch", () => Promise.resolve(new Response(text)));
  const opened: { url: string; isClosed: boolean; onmessage?: (event: { data: string }) => void }[] = [];
  class FakeEventSource {
    isClosed = false;
    readonly url: string;
    constructor(url: string) {
      this.url = url;
      opened.push(this);
    }
    close(): void {
      this.isClosed = true;
    }
  }
  const { EventSource: real } = globalThis;
  globalThis.EventSource = FakeEventSource as unknown as typeof EventSource;
  try {
    const flags = pageFlags({ answers: { flags: {} }, url: "/flags" });
    let changes = 0;
    const stops = [flags.listen(() => changes++), flags.listen(() => changes++)];
    assert.equal(await flags.refresh(), true);
    assert.equal(await flags.refresh(), false);
    assert.equal(changes, 2);
    opened[0]?.onmessage?.({ data: answers(true) });
    opened[0]?.onmessage?.({ data: "nonsense" });
    assert.equal(flags.isEnabled("on"), true);
    assert.equal(changes, 4);
    stops.forEach((stop) => stop());
    assert.deepEqual(opened.map(({ url, isClosed }) => [url, isClosed]), [["/flags", true]]);
    text = "<html>";
    assert.equal(await flags.refresh(), false);
    assert.equal(flags.isEnabled("on"), true);
    assert.equal(await pageFlags({ answers: { flags: {} } }).refresh(), false);
  } finally {
    globalThis.EventSource = real;
  }
});

test("what a page loads for it is at most 2.5 KB", async () => {
  const { all } = await importSize("pageFlags", "answers/page.ts");
  assert.ok(all.compressed <= LIMITS_BYTES.page, `${all.compressed}`);
});
