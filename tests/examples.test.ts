// The examples, started as their users start them, against a Flipt server on the loopback interface.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { FliptClient } from "../mod.ts";
import { ownRuntime } from "../tasks/runtimes.ts";
import { visitors } from "../tasks/visitors.ts";
import { browserBundle } from "./support/browser_bundle.ts";
import { FaultServer } from "./support/fault_server.ts";
import { type RunningProgram, startProgram } from "./support/programs.ts";
import { shopDocument, withFlag } from "./support/runtime.ts";
import { startWorkerd, workerdProblem } from "./support/workerd.ts";

const { name, executable } = ownRuntime();
const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
const notNode = name !== "node" && "runs once, on Node";

after(() => rmSync(folder, { recursive: true }));

/** The permissions that an example says it needs. */
function denoPermissions(source: string): string[] {
  return /deno run((?: --allow-[\w-]+)+)/.exec(source)?.[1]?.trim().split(" ") ?? ["-A"];
}

function startExample(file: string, url: string, more: Record<string, string> = {}): Promise<RunningProgram> {
  const permissions = denoPermissions(readFileSync(new URL(`../examples/${file}`, import.meta.url), "utf8"));
  return startProgram({
    executable,
    parameters: [
      ...(name === "deno" ? ["run", "--no-prompt", ...permissions] : []),
      `examples/${file}`,
    ],
    environment: { FLIPT_URL: url, PORT: "0", ...more },
    port: /(?:port |https?:\/\/[^\s/]+:)(\d+)/,
  });
}

/** What Flipt's flags say to somebody, from a client of the test's own. */
async function expected(server: FaultServer): Promise<FliptClient> {
  return await FliptClient.init({
    url: server.url,
    namespace: "shop",
    updateInterval: 0,
    engine: "portable",
  });
}

/** A snapshot in a form that can be compared: engines write numbers differently. */
function canonical(snapshot: string): string {
  return JSON.stringify(JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(snapshot))), null, 1);
}

/** Starts an example, asks it about some visitors, and ends it as a process manager does. */
async function checkServer(
  file: string,
  answer: (client: FliptClient, user: string) => Record<string, string>,
): Promise<void> {
  await using server = await FaultServer.start(shopDocument());
  using client = await expected(server);
  await using program = await startExample(file, server.url);
  const answers = new Set<string>();
  for (const user of ["staff-1", ...visitors(30).map(({ entityId }) => entityId)]) {
    const response = await fetch(`${program.url}/?user=${user}`, { headers: { "x-country": "NL" } });
    const body = await response.text();
    assert.deepEqual([response.status, JSON.parse(body)], [200, answer(client, user)]);
    answers.add(body);
  }
  assert.ok(answers.size > (file === "hono.ts" ? 0 : 1), "the visitors all got the same answer");
  const { end, errors } = await program.stop();
  // Where it listens is what Deno.serve says on stderr.
  assert.deepEqual([end, errors.replace(/^Listening on .*\n/, "")], [0, ""]);
}

const checkout = (context?: Record<string, string>) => (client: FliptClient, user: string) => ({
  checkout: client.evaluateVariant("checkout-flow", user, context).variantKey,
});
const theme = (client: FliptClient, user: string): Record<string, string> => ({
  theme: client.evaluateBoolean("dark-mode", user).enabled ? "dark" : "light",
});

const noSignal = process.platform === "win32" && "Windows has no SIGTERM";
const anywhere = { skip: noSignal };
const only = (runtime: string) => ({ skip: name !== runtime ? `an example of ${runtime}` : noSignal });

test(
  "the example of Deno.serve answers, with the permissions it names, and ends cleanly",
  only("deno"),
  () => {
    return checkServer("deno_serve.ts", checkout({ country: "NL" }));
  },
);

test("the example of Bun.serve answers from a stream and ends cleanly", only("bun"), () => {
  return checkServer("bun_serve.ts", checkout({ country: "NL" }));
});

test("the example of Fastify answers and ends cleanly", only("node"), () => {
  return checkServer("fastify.ts", checkout({ country: "NL" }));
});

test(
  `the example of Hono answers on ${name} and ends cleanly`,
  anywhere,
  () => checkServer("hono.ts", theme),
);

test(`the example of a Worker pool answers on ${name} and ends cleanly`, anywhere, () => {
  return checkServer("worker_pool.ts", checkout());
});

test(
  `the example of server-side rendering escapes its data and passes on no more than two paths on ${name}`,
  anywhere,
  async () => {
    await using server = await FaultServer.start(shopDocument());
    using client = await expected(server);
    const page = join(folder, "page.js");
    writeFileSync(page, "the page's script");
    await using program = await startExample("ssr/server.ts", server.url, { PAGE: page });
    const user = `</script><script>alert("x")</script>`;
    const html = await (await fetch(`${program.url}/?user=${encodeURIComponent(user)}`)).text();
    assert.match(html, /<body data-theme="dark">/);
    const data = /<script type="application\/json" id="flags">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    const { snapshot, ...rest } = JSON.parse(data);
    assert.deepEqual(rest, { user });
    assert.equal(canonical(snapshot), canonical(client.getSnapshot()));
    assert.equal(html.split("</script>").length, 3);
    assert.equal(await (await fetch(`${program.url}/page.js`)).text(), "the page's script");

    using behind = await FliptClient.init({
      url: `${program.url}/flipt`,
      namespace: "shop",
      updateInterval: 0,
    });
    assert.equal(behind.status.digest, server.digest);
    assert.equal(await behind.refresh(), false);
    const before = server.requests.length;
    for (
      const path of ["/flipt/api/v2/environments", "/flipt/internal/v1/evaluation/snapshot/namespace/secret"]
    ) {
      assert.equal((await fetch(program.url + path)).status, 404);
    }
    assert.equal(server.requests.length, before);
    assert.deepEqual(await program.stop(), { end: 0, errors: "" });
  },
);

test(
  "the example of Deno Deploy answers, with the permissions it names, and ends cleanly",
  only("deno"),
  () => checkServer("deno_deploy.ts", checkout({ country: "NL" })),
);

test(`the example of AWS Lambda answers on ${name}, from one fetch, and from its defaults without Flipt`, async () => {
  const users = ["staff-1", "user-2", undefined];
  // A function of Lambda is a module that is called. Each process of it has a module of its own.
  const answers = async (url: string): Promise<readonly unknown[]> => {
    process.env["FLIPT_URL"] = url;
    const { handler }: typeof import("../examples/aws_lambda.ts") = await import(
      `../examples/aws_lambda.ts?${encodeURIComponent(url)}`
    );
    return await Promise.all(users.map(async (user) => {
      const { statusCode, body } = await handler({
        queryStringParameters: user === undefined ? null : { user },
      });
      return [statusCode, JSON.parse(body)];
    }));
  };
  const server = await FaultServer.start(shopDocument());
  using client = await expected(server);
  const before = server.counts[0];
  assert.deepEqual(
    await answers(server.url),
    users.map((user = "anonymous") => [200, checkout()(client, user)]),
  );
  assert.equal(server.counts[0] - before, 1);
  await server.close();
  assert.deepEqual(await answers(`${server.url}/down`), users.map(() => [200, { checkout: "classic" }]));
});

test(
  "the example of a Cloudflare Worker answers in workerd, refreshes behind the response, and survives Flipt's outage",
  {
    skip: notNode || workerdProblem(),
    timeout: 60_000,
  },
  async () => {
    const { code } = await browserBundle("examples/cloudflare_worker.ts");
    await using server = await FaultServer.start(shopDocument());
    using client = await expected(server);
    const before = server.counts[0];
    await using first = await startWorkerd(code, { FLIPT_URL: server.url });
    const users = ["staff-1", ...visitors(30).map(({ entityId }) => entityId)];
    const answers = (worker: { readonly url: string }): Promise<unknown[]> =>
      Promise.all(users.map(async (user) => await (await fetch(`${worker.url}/?user=${user}`)).json()));
    // At once, so that requests share the start of the client.
    const bodies = await answers(first);
    assert.deepEqual(bodies, users.map((user) => checkout()(client, user)));
    assert.equal(canonical(await first.kv.written), canonical(client.getSnapshot()));
    assert.equal(server.counts[0] - before, 1);

    server.setDocument(withFlag(shopDocument(), "checkout-flow", { enabled: false }));
    await using second = await startWorkerd(code, { FLIPT_URL: server.url }, first.kv.snapshot);
    // The first response is from KV, and the refresh is behind it.
    assert.deepEqual((await answers(second))[0], bodies[0]);
    await client.refresh();
    assert.equal(canonical(await second.kv.written), canonical(client.getSnapshot()));
    const refreshed = users.map((user) => checkout()(client, user));
    assert.deepEqual(await answers(second), refreshed);

    await server.close();
    await using third = await startWorkerd(code, { FLIPT_URL: server.url }, second.kv.snapshot);
    assert.deepEqual(await answers(third), refreshed);
  },
);

test("every example is shorter than 40 lines, the whole service shorter than 150, and imports the package by its name", () => {
  const root = new URL("../examples/", import.meta.url);
  const files = readdirSync(root, { recursive: true }).map(String).filter((file) =>
    /(?<!\.d)\.ts$/.test(file)
  );
  assert.ok(files.length >= 9);
  for (const file of files) {
    const text = readFileSync(new URL(file.replaceAll("\\", "/"), root), "utf8");
    assert.ok(text.trimEnd().split("\n").length < (file.startsWith("shop") ? 150 : 40), file);
    assert.match(text, /from "@flipt-ffi\/client"/);
    assert.doesNotMatch(text, /from "\.\.\//);
  }
});
