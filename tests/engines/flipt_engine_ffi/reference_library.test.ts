// Files that are not the reference library.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { EngineError } from "../../../core/errors.ts";
import { openReferenceEngine } from "../../../engines/flipt_engine_ffi/mod.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-reference-test-"));

after(() => rmSync(folder, { recursive: true, force: true }));

describe("a file that is not the reference library", () => {
  it("is refused with its path when it is missing", async () => {
    const libraryPath = join(folder, "missing.so");
    await assert.rejects(openReferenceEngine({ libraryPath }), (error: Error) => {
      assert.ok(error instanceof EngineError);
      assert.ok(
        error.message.startsWith(`cannot open the library ${libraryPath}: check that the file exists`),
      );
      return true;
    });
  });

  it("is refused when it is no library", async () => {
    const libraryPath = fileURLToPath(import.meta.url);
    await assert.rejects(openReferenceEngine({ libraryPath }), (error: Error) => {
      assert.ok(error instanceof EngineError);
      assert.ok(error.message.startsWith(`cannot open the library ${libraryPath}: check that`));
      return true;
    });
  });

  it("is refused when it is another library", async () => {
    const others: Record<string, string> = { win32: "kernel32.dll", darwin: "/usr/lib/libSystem.B.dylib" };
    const libraryPath = others[process.platform] ?? "libm.so.6";
    await assert.rejects(openReferenceEngine({ libraryPath }), (error: Error) => {
      assert.ok(error instanceof EngineError);
      assert.match(error.message, /has no function \w+: it is another library/);
      return true;
    });
  });
});
