// The Worker that compiles documents for the reference engine: it keeps no process alive, and is done without.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { DocumentError, EngineError } from "../../../core/errors.ts";
import { Initializer } from "../../../engines/flipt_engine_ffi/initializer.ts";
import { ReferenceLibrary } from "../../../engines/flipt_engine_ffi/reference_library.ts";
import { library } from "../../support/reference_library.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-reference-test-"));
const encoder = new TextEncoder();
const shop = readFileSync(new URL("../../fixtures/shop/v2.json", import.meta.url));

after(() => rmSync(folder, { recursive: true, force: true }));

describe("the Worker of the reference engine", { skip: library.missing }, () => {
  const input = () => ({ format: "document" as const, namespace: "shop", bytes: new Uint8Array(shop) });

  function entry(name: string, source: string): URL {
    const path = join(folder, name);
    writeFileSync(path, source);
    return pathToFileURL(path);
  }

  it("does not keep the process alive", () => {
    const module = new URL("../../../engines/flipt_engine_ffi/mod.ts", import.meta.url).href;
    const script = join(folder, "ends.ts");
    writeFileSync(
      script,
      `import { openReferenceEngine } from ${JSON.stringify(module)};
openReferenceEngine({ libraryPath: ${JSON.stringify(library.path)} }).then(async (engine) => {
  const compilation = engine.compile("document", "shop");
  compilation.write(new TextEncoder().encode('{"namespace":{"key":"shop"},"flags":[]}'));
  const state = await compilation.finish();
  console.log(state.listFlags().length);
});
`,
    );
    const deno = process.versions.deno === undefined ? [] : ["run", "--quiet", "--no-check", "-A"];
    const ended = spawnSync(process.execPath, [...deno, script], { encoding: "utf8", timeout: 60_000 });
    assert.deepEqual([ended.status, ended.stdout.trim()], [0, "0"], ended.stderr);
  });

  it("is done without where it cannot start", async () => {
    const reference = await ReferenceLibrary.open(library.path);
    const initializer = new Initializer(reference, pathToFileURL(join(folder, "missing.ts")));
    const { engine, digest } = await initializer.initialize(input());
    assert.equal(digest, JSON.parse(shop.toString()).digest);
    assert.ok((reference.listFlags(engine).result ?? []).length > 3);
    initializer.destroy(engine);
    const bytes = encoder.encode("{}");
    await assert.rejects(
      initializer.initialize({ format: "document", namespace: "shop", bytes }),
      DocumentError,
    );
  });

  it("is done without where it cannot open the library", async () => {
    const reference = await ReferenceLibrary.open(library.path);
    const unable = entry(
      "unable.mjs",
      `import { parentPort } from "node:worker_threads";
parentPort.on("message", () => {});
parentPort.postMessage({ unable: { message: "no", isDocumentError: false } });`,
    );
    const initializer = new Initializer(reference, unable);
    const { engine } = await initializer.initialize(input());
    initializer.destroy(engine);
  });

  it("rejects what it was asked for when it ends", async () => {
    const reference = await ReferenceLibrary.open(library.path);
    const ending = entry(
      "ending.mjs",
      `import { parentPort } from "node:worker_threads";
parentPort.on("message", () => process.exit(1));
parentPort.postMessage({ ready: true });`,
    );
    const initializer = new Initializer(reference, ending);
    await assert.rejects(initializer.initialize(input()), /the Worker .* has ended/);
    await assert.rejects(initializer.initialize(input()), EngineError);
  });
});
