// `flipt-ffi relay`: a relay as a process.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { tokenCommand } from "../../../cli/renewed_authentication.ts";
import { command, RunningCli as Running } from "../../support/cli.ts";
import { event, noSignals } from "../../support/cli_shop.ts";
import { missingRedis, RedisServer } from "../../support/redis.ts";
import { booleanDocument } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-relay-cli-"));
after(() => rmSync(folder, { recursive: true }));

const redis = { skip: noSignals.skip || missingRedis() };
const documents = { shop: booleanDocument("shop", "dark-mode", true) };

test("relay passes flags on, tells how it is, and ends well", noSignals, async () => {
  await using flipt = await FliptServer.start({
    documents,
    authorizations: ["Bearer first", "Bearer second"],
  });
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "first\n");
  await using running = new Running([
    ...[
      "relay",
      "--url",
      flipt.url,
      "-n",
      "shop",
      "-n",
      "none",
      "--listen",
      "127.0.0.1:0",
      "--health-port",
      "0",
    ],
    ...["--token-file", tokenFile, "--store", join(folder, "store"), "--json"],
  ]);
  const start = await event(running, "start");
  const { digest } = await event(running, "update");
  assert.deepEqual(start["namespaces"], ["shop", "none"]);
  const answer = await fetch(`${start["url"]}/internal/v1/evaluation/snapshot/namespace/shop`);
  assert.equal(answer.headers.get("etag"), digest);
  const { message } = await event(running, "error");
  assert.match(String(message), /namespace "none" not found/);
  const health = await fetch(`${String(start["health"]).replace("0.0.0.0", "127.0.0.1")}/healthz`);
  assert.equal(health.status, 503);
  const { code, errors, output } = await running.end("SIGTERM");
  assert.deepEqual([code, errors], [0, ""]);
  assert.match(output, /"event":"stop"\}\n$/);
  assert.ok(existsSync(join(folder, "store", "default.shop.document")));
  assert.doesNotMatch(output, /Bearer|first/);
});

test("relay says what is wrong with its options", async () => {
  const wrong = async (...args: string[]): Promise<string> => {
    const { code, errors } = await command(["relay", ...args]);
    assert.equal(code, 2);
    return errors;
  };
  assert.match(await wrong(), /needs --listen or --redis/);
  assert.match(await wrong("--listen", "8080"), /--listen must be an address such as :8080/);
  assert.match(await wrong("--listen", ":0", "--url", "nowhere"), /--url must be a URL/);
  assert.match(await wrong("--redis", "http://localhost"), /--redis must be a URL such as redis:/);
  assert.match(await wrong("--listen", ":0", "--interval", "0"), /--interval must be/);
  assert.match(await wrong("--listen", ":0", "--lease", "0"), /--lease only works with --redis/);
  assert.match(
    await wrong("--listen", ":0", "--redis-prefix", "p"),
    /--redis-prefix only works with --redis/,
  );
  assert.match(
    await wrong("--listen", ":0", "--token-command", "echo secret", "--token", "other"),
    /--token-command and --token cannot be combined/,
  );
});

test("a token of a command is asked for anew when the server rejects it, and is in no message", async () => {
  const token = join(folder, "printed");
  writeFileSync(token, "first\n");
  const authenticate = tokenCommand(`cat ${JSON.stringify(token)}`);
  assert.deepEqual(await authenticate({ isRejected: false }), { clientToken: "first" });
  writeFileSync(token, "second\n");
  assert.deepEqual(await authenticate({ isRejected: false }), { clientToken: "first" });
  assert.deepEqual(await authenticate({ isRejected: true }), { clientToken: "second" });
  const failing = tokenCommand("echo very-secret && echo very-secret >&2 && exit 3");
  await assert.rejects(Promise.resolve(failing({ isRejected: false })), (error: Error) => {
    assert.doesNotMatch(error.message + String(error.cause), /very-secret/);
    return /ended with 3/.test(error.message);
  });
  await assert.rejects(Promise.resolve(tokenCommand("true")({ isRejected: false })), /printed no token/);
});

test("relay says how the command of its token failed", noSignals, async () => {
  await using flipt = await FliptServer.start({ documents, authorizations: ["Bearer first"] });
  await using running = new Running([
    ...["relay", "--url", flipt.url, "-n", "shop", "--listen", "127.0.0.1:0", "--json"],
    ...["--token-command", "echo hidden; exit 3"],
  ]);
  await event(running, "start");
  const { message } = await event(running, "error");
  assert.match(
    String(message),
    /^the command of --token-command ended with 3 \(4 attempts in /,
  );
  const { output } = await running.end("SIGTERM");
  assert.doesNotMatch(output, /hidden/);
});

test("relay leads at Redis, hands over at its end, and prints no password", redis, async () => {
  await using flipt = await FliptServer.start({ documents });
  await using server = await RedisServer.start();
  const args = ["relay", "--url", flipt.url, "-n", "shop", "--redis", server.url, "--lease", "30", "--json"];
  await using first = new Running(args);
  const start = await event(first, "start");
  assert.equal(start["redis"], "redis");
  assert.equal((await event(first, "role"))["role"], "leader");
  await event(first, "update");
  await using second = new Running(args);
  await event(second, "update");
  assert.deepEqual((await first.end("SIGTERM")).code, 0);
  // Long before the lease would have ended.
  assert.equal((await event(second, "role"))["role"], "leader");
  assert.deepEqual((await second.end("SIGTERM")).code, 0);

  await using gone = new Running([...args.slice(0, -4), "redis://:pass-word@127.0.0.1:1", "--json"]);
  assert.match(String((await event(gone, "error"))["message"]), /^Redis, by redis: connect ECONNREFUSED/);
  const { code, output, errors } = await gone.end("SIGTERM");
  assert.deepEqual([code, errors], [0, ""]);
  assert.doesNotMatch(output, /pass-word/);
});
