// A client whose flags come from files: how it starts, what it reads again, and what that takes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FeaturesError, fileSource, snapshotSource } from "../../file/mod.ts";
import { FliptClient, ValidationError } from "../../mod.ts";
import { isOn, nextError, nextUpdate, yaml } from "../support/file_clients.ts";
import { FlagFiles } from "../support/flag_files.ts";

const files = new FlagFiles();
after(() => files.remove());
const { folder } = files;

const isDeno = "Deno" in globalThis;

test("a client answers from a file, without a server", async () => {
  const shop = fileURLToPath(new URL("../fixtures/shop/features.yml", import.meta.url));
  const source = fileSource(shop);
  assert.equal(source.name, `the file ${shop}`);
  await using client = await FliptClient.init({ source, namespace: "shop" });
  assert.equal(client.evaluateVariant("checkout-flow", "staff-1").variantKey, "express");
  assert.equal(client.evaluateBoolean("dark-mode", "user-1").enabled, true);
  assert.equal(client.status.state, "ready");
  assert.match(client.status.digest ?? "", /^[\da-f]{40}$/);
});

test("options that are no use are refused, by each source of files", () => {
  const wrong: readonly [() => unknown, RegExp][] = [
    [
      () => fileSource("features.yml", { wacth: true } as never),
      /^unknown option "wacth" of fileSource\(\); did you mean "watch"\?$/,
    ],
    [
      () => fileSource("features.yml", null as never),
      /^fileSource\(\) takes an object of options, but was given null$/,
    ],
    [
      () => snapshotSource("a", { wacth: true } as never),
      /^unknown option "wacth" of snapshotSource\(\); did you mean "watch"\?$/,
    ],
    [
      () => snapshotSource("a", true as never),
      /^snapshotSource\(\) takes an object of options, but was given a boolean$/,
    ],
  ];
  for (const [call, message] of wrong) {
    assert.throws(call, (error: unknown) => error instanceof ValidationError && message.test(error.message));
  }
});

test("refresh reads the file again, and tells whether it has changed", async () => {
  const file = join(folder(), "features.yml");
  writeFileSync(file, yaml(true));
  await using client = await FliptClient.init({ source: fileSource(file) });
  assert.equal(await client.refresh(), false);
  writeFileSync(file, `# another comment\n${yaml(true)}`);
  assert.equal(await client.refresh(), false);
  writeFileSync(file, yaml(false));
  assert.equal(await client.refresh(), true);
  assert.equal(isOn(client), false);
});

test("a file that is not usable rejects init, and later leaves the last good state", async () => {
  const file = join(folder(), "features.yml");
  const source = fileSource(file);
  await assert.rejects(FliptClient.init({ source }), {
    name: "FeaturesError",
    message: /there is no such file/,
  });
  writeFileSync(file, "flags:\n  - key: a\n");
  await assert.rejects(FliptClient.init({ source }), {
    message: `${file}:2:5: a flag needs a name: add name: …`,
  });
  writeFileSync(file, yaml(true));
  await assert.rejects(FliptClient.init({ source, namespace: "nope" }), { name: "FetchError", status: 404 });
  await using client = await FliptClient.init({ source });
  writeFileSync(file, "flags: 3\n");
  const told = nextError(client);
  await assert.rejects(client.refresh(), FeaturesError);
  assert.equal((await told).message, `${file}:1:8: flags of the document must be a list, not the number 3`);
  assert.equal(isOn(client), true);
  assert.equal(client.status.state, "ready");
  assert.equal(client.status.consecutiveFailures, 1);
  writeFileSync(file, yaml(false));
  assert.equal(await client.refresh(), true);
  assert.equal(client.status.consecutiveFailures, 0);
});

test("with the error strategy fallback a client starts without its file, and has it when it is there", async () => {
  const file = join(folder(), "features.yml");
  await using client = await FliptClient.init({
    source: fileSource(file, { watch: true }),
    errorStrategy: "fallback",
    engine: "portable",
  });
  assert.equal(client.status.state, "failed");
  const update = nextUpdate(client);
  writeFileSync(file, yaml(true));
  await update;
  assert.equal(isOn(client), true);
});

/** Runs a program that prints what flag `a` of a source is, and what else happens, with permissions where it has any. */
async function run(source: string, permissions: readonly string[]): Promise<string> {
  const path = folder();
  const program = join(path, "program.ts");
  const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  writeFileSync(
    program,
    `import { FliptClient } from ${here("../../mod.ts")};
import { fileSource } from ${here("../../file/mod.ts")};
FliptClient.init({ source: fileSource(${JSON.stringify(source)}, { watch: true }), engine: "portable" })
  .then((client) => console.log(client.evaluateBoolean("a", "user-1").enabled), ({ message }) => console.log(message));
`,
  );
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const args = isDeno ? ["run", "--no-check", "--config", config, ...permissions, program] : [program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (bytes) => output += String(bytes));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0);
  return output.trim();
}

test("watching does not keep the process alive", { timeout: 20_000 }, async () => {
  const path = folder();
  writeFileSync(join(path, "features.yml"), yaml(true));
  assert.equal(await run(path, ["-A"]), "true");
});

test("on Deno files take permissions, and nobody is prompted for one", {
  skip: !isDeno && "only Deno has permissions",
  timeout: 20_000,
}, async () => {
  const path = folder();
  const [one, two] = [join(path, "one.yml"), join(path, "two.json")];
  writeFileSync(one, yaml(true));
  writeFileSync(
    two,
    JSON.stringify({ flags: [{ key: "a", name: "A", type: "BOOLEAN_FLAG_TYPE", enabled: true }] }),
  );
  assert.equal(
    // Without any, Deno gives a child of its own all.
    await run(one, ["--allow-net=localhost"]),
    `${one}: cannot be read: Deno has no permission for it: add --allow-read=${one}`,
  );
  assert.match(
    await run(one, [`--allow-read=${one}`]),
    /add --allow-env=LOG_TOKENS,LOG_STREAM; JSON files do not need it$/,
  );
  assert.equal(await run(one, [`--allow-read=${path}`, "--allow-env=LOG_TOKENS,LOG_STREAM"]), "true");
  assert.equal(await run(two, [`--allow-read=${two}`]), "true");
});
