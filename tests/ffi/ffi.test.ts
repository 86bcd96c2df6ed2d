// The adapters of ffi/ against a small C library that this test compiles.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { environmentVariable } from "../../ffi/environment.ts";
import { koffiFfi } from "../../ffi/koffi.ts";
import type { Ffi, Library, SymbolTable } from "../../ffi/library.ts";
import { loadFfi } from "../../ffi/mod.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { EngineError } from "../../core/errors.ts";

const SOURCE = `
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
uint32_t add_u32(uint32_t a, uint32_t b) { return a + b; }
uint64_t add_u64(uint64_t a, uint64_t b) { return a + b; }
uint64_t address_of(const uint8_t *bytes) { return (uint64_t)bytes; }
void fill(uint8_t *bytes, uint32_t length, uint32_t value) { memset(bytes, (int)value, length); }
uint64_t allocate(uint64_t length) { return (uint64_t)calloc(1, length); }
void release(uint64_t address) { free((void *)address); }
uint64_t copy_text(const uint8_t *text) { return (uint64_t)strdup((const char *)text); }
static uint32_t calls;
void count(void) { calls++; }
uint32_t counted(void) { return calls; }
/* Waits until another thread writes to the address; 0 after some seconds without that. */
uint32_t wait_for(uint64_t address) {
  struct timespec pause = {0, 1000000};
  for (int i = 0; i < 5000; i++) {
    if (*(volatile uint8_t *)address != 0) return 1;
    nanosleep(&pause, NULL);
  }
  return 0;
}
`;

const SYMBOLS = {
  add_u32: { parameters: ["u32", "u32"], result: "u32" },
  add_u64: { parameters: ["u64", "u64"], result: "u64" },
  address_of: { parameters: ["buffer"], result: "u64" },
  fill: { parameters: ["buffer", "u32", "u32"], result: "void" },
  allocate: { parameters: ["u64"], result: "u64" },
  release: { parameters: ["u64"], result: "void" },
  copy_text: { parameters: ["buffer"], result: "u64" },
  count: { parameters: [], result: "void" },
  counted: { parameters: [], result: "u32" },
  wait_for: { parameters: ["u64"], result: "u32" },
} as const satisfies SymbolTable;

const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-test-"));
const { libraryPrefix, librarySuffix } = currentPlatform();
const libraryPath = join(folder, `${libraryPrefix}small${librarySuffix}`);
const withoutCompiler = compile();
const runtime = process.versions.deno !== undefined
  ? "Deno"
  : process.versions.bun !== undefined
  ? "Bun"
  : "Node";

after(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles the library; returns why it cannot, for the tests to be skipped with. */
function compile(): string | false {
  const sourcePath = join(folder, "small.c");
  writeFileSync(sourcePath, SOURCE);
  for (const compiler of ["cc", "gcc", "clang"]) {
    const { error, status, stderr } = spawnSync(compiler, [
      "-O2",
      "-shared",
      "-fPIC",
      "-o",
      libraryPath,
      sourcePath,
    ]);
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(`${compiler} failed: ${stderr}`);
    return false;
  }
  return "no C compiler (cc, gcc, clang) is there to make the library with";
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** Forces garbage collections until one of `references` is gone. */
async function collect(references: readonly WeakRef<object>[]): Promise<void> {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun === undefined) setFlagsFromString("--expose-gc");
  const collectNow: () => void = Bun === undefined ? runInNewContext("gc") : () => Bun.gc(true);
  for (let round = 0; round < 50; round++) {
    // A WeakRef keeps its target until the end of the job that made it.
    await new Promise((resolve) => setImmediate(resolve));
    collectNow();
    if (references.some((reference) => reference.deref() === undefined)) return;
  }
  assert.fail("nothing was collected");
}

function describeAdapter(title: string, load: () => Promise<Ffi>, skip: string | false): void {
  describe(title, { skip }, () => {
    let ffi: Ffi;
    let library: Library<typeof SYMBOLS>;

    before(async () => {
      ffi = await load();
      library = await ffi.open(libraryPath, SYMBOLS);
    });
    after(() => library.close());

    it("knows the file it opened", () => {
      assert.equal(library.path, libraryPath);
    });

    it("passes and returns all 32 bits of a u32", () => {
      assert.equal(library.call.add_u32(2, 3), 5);
      assert.equal(library.call.add_u32(0xffff_ffff, 0), 0xffff_ffff);
      assert.equal(library.call.add_u32(0x8000_0000, 1), 0x8000_0001);
      assert.equal(library.call.add_u32(0xffff_ffff, 1), 0);
    });

    it("passes and returns all 64 bits of a u64, always as a bigint", () => {
      assert.equal(library.call.add_u64(1n, 2n), 3n);
      assert.equal(library.call.add_u64(0n, 0n), 0n);
      assert.equal(library.call.add_u64(2n ** 53n, 1n), 2n ** 53n + 1n);
      assert.equal(library.call.add_u64(2n ** 64n - 1n, 0n), 2n ** 64n - 1n);
    });

    it("calls a function without parameters and result", () => {
      const before = library.call.counted();
      assert.equal(library.call.count(), undefined);
      assert.equal(library.call.counted(), before + 1);
    });

    it("passes the address of the bytes of a buffer, also of a part of one", () => {
      const whole = new Uint8Array(16);
      const part = whole.subarray(5);
      assert.equal(library.call.address_of(part) - library.call.address_of(whole), 5n);
      library.call.fill(part, 3, 7);
      assert.deepEqual([...whole], [0, 0, 0, 0, 0, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
    });

    it("views native memory without a copy", () => {
      const address = library.call.allocate(32n);
      const one = library.view(address, 32);
      const other = library.view(address + 8n, 8);
      one[9] = 42;
      assert.equal(other[1], 42);
      other[0] = 7;
      assert.equal(one[8], 7);
      assert.equal(library.view(address, 0).length, 0);
      library.call.release(address);
    });

    it("leaves native memory alone when views of it are collected", async () => {
      const length = 1 << 20;
      const address = library.call.allocate(BigInt(length));
      library.view(address, length).fill(1);
      await collect(Array.from({ length: 200 }, () => new WeakRef(library.view(address, length).buffer)));
      const others = Array.from({ length: 8 }, () => library.call.allocate(BigInt(length)));
      for (const other of others) library.view(other, length).fill(2);
      const view = library.view(address, length);
      assert.ok(view.every((byte) => byte === 1));
      for (const other of others) library.call.release(other);
      library.call.release(address);
    });

    it("reads a text up to its NUL", () => {
      for (const text of ["", "plain", "h€llo 😀", "\ufeffwith a byte order mark", "x".repeat(3_000_000)]) {
        const address = library.call.copy_text(bytes(text));
        assert.equal(library.text(address), text);
        library.call.release(address);
      }
    });

    it("refuses to read at a null pointer", () => {
      assert.throws(() => library.text(0n), EngineError);
      assert.throws(() => library.view(0n, 1), EngineError);
    });

    it("calls off the thread where the runtime can", async () => {
      const calls = library.callOffThread;
      if (calls === undefined) {
        assert.ok(ffi.name === "bun:ffi" || ffi.name === "node:ffi");
        return;
      }
      const address = library.call.allocate(8n);
      const waiting = calls.wait_for(address);
      library.view(address, 1)[0] = 1;
      assert.equal(await waiting, 1);
      library.call.release(address);

      const buffer = bytes("kept until the promise settles");
      const copy = await calls.copy_text(buffer);
      assert.equal(library.text(copy), "kept until the promise settles");
      assert.equal(await calls.release(copy), undefined);
      assert.equal(await calls.add_u64(2n ** 63n, 1n), 2n ** 63n + 1n);
    });

    it("says which file is missing and what to check", async () => {
      const path = join(folder, "missing.so");
      await assert.rejects(ffi.open(path, SYMBOLS), (error: Error) => {
        assert.ok(error instanceof EngineError);
        assert.ok(error.message.startsWith(`cannot open the library ${path}: check that the file exists`));
        assert.ok(error.cause instanceof Error);
        return true;
      });
    });

    it("says which file is no library", async () => {
      const path = join(folder, "small.c");
      await assert.rejects(ffi.open(path, SYMBOLS), (error: Error) => {
        assert.ok(error instanceof EngineError);
        assert.ok(error.message.startsWith(`cannot open the library ${path}: check that`));
        assert.ok(error.cause instanceof Error);
        return true;
      });
    });

    it("says which function a library lacks", async () => {
      const symbols = { ...SYMBOLS, not_there: { parameters: [], result: "void" } } as const;
      await assert.rejects(ffi.open(libraryPath, symbols), (error: Error) => {
        assert.ok(error instanceof EngineError);
        assert.ok(error.message.startsWith(`the library ${libraryPath} has no function not_there`));
        return true;
      });
    });

    it("opens one library twice and closes each once", async () => {
      const second = await ffi.open(libraryPath, { add_u32: SYMBOLS.add_u32 });
      assert.equal(second.call.add_u32(1, 1), 2);
      second.close();
      second.close();
      assert.equal(library.call.add_u32(1, 1), 2);
    });
  });
}

describeAdapter("the FFI of this runtime", loadFfi, withoutCompiler);
if (runtime === "Node") describeAdapter("koffi", koffiFfi, withoutCompiler);

const add = `({ add_u32 }) => add_u32(40, 2)`;
const readMemory = `({ copy_text }, library) => {
  const [full, empty] = ["h€llo 😀\\0", "\\0"].map((text) => copy_text(new TextEncoder().encode(text)));
  let view;
  try {
    view = library.view(full, 1)[0];
  } catch (error) {
    view = error.name + ": " + error.message;
  }
  return [library.text(full), library.text(empty), view].join("|");
}`;

/** Runs code with the library in a process started with `flags`, from a copy of ffi/ that has no koffi next to it. */
function inProcess(
  flags: readonly string[],
  code: string = add,
): { readonly stdout: string; readonly stderr: string } {
  const root = join(folder, "copy");
  mkdirSync(root, { recursive: true });
  for (const name of ["core", "ffi"]) {
    cpSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), join(root, name), { recursive: true });
  }
  const probe = join(root, "probe.ts");
  writeFileSync(
    probe,
    `import { loadFfi } from "./ffi/mod.ts";
loadFfi()
  .then((ffi) => ffi.open(${JSON.stringify(libraryPath)}, ${JSON.stringify(SYMBOLS)}))
  .then((library) => console.log((${code})(library.call, library)))
  .catch((error) => console.log(error.name + ": " + error.message));
`,
  );
  const command = runtime === "Deno" ? ["run", "--quiet", "--no-lock", "--no-check"] : [];
  const { error, stdout, stderr } = spawnSync(process.execPath, [...command, ...flags, probe], {
    // Not one that has koffi: it is looked for there, too.
    cwd: root,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  return { stdout: stdout.trim(), stderr: stderr.trim() };
}

const hasNodeFfi = runtime === "Node" && process.getBuiltinModule("node:ffi") !== undefined;

if (runtime === "Deno") {
  describe("Deno's permissions", { skip: withoutCompiler }, () => {
    it("are not prompted for: a missing one is an error that names the flag", () => {
      // Deno's child_process adds --allow-all when a command has no permission flag at all.
      const { stdout } = inProcess(["--allow-read"]);
      assert.equal(
        stdout,
        `EngineError: Deno runs without FFI permission for ${libraryPath}: add --allow-ffi`,
      );
    });

    it("may be for the one file only, which is enough for calls and texts", () => {
      assert.equal(inProcess([`--allow-ffi=${libraryPath}`]).stdout, "42");
      assert.equal(
        inProcess([`--allow-ffi=${libraryPath}`], readMemory).stdout,
        `h€llo 😀||EngineError: Deno does not allow reading the memory of ${libraryPath} with a permission for that file only: ` +
          "add --allow-ffi without a path",
      );
      assert.equal(inProcess(["--allow-ffi"], readMemory).stdout, "h€llo 😀||104");
    });

    it("may be denied", () => {
      const { stdout } = inProcess(["--deny-ffi"]);
      assert.equal(stdout, "EngineError: Deno runs without FFI permission: add --allow-ffi");
    });
  });
}

if (runtime === "Node") {
  describe("Node", { skip: withoutCompiler }, () => {
    it("says nothing about an experiment", { skip: !hasNodeFfi && "this Node has no node:ffi" }, () => {
      assert.deepEqual(inProcess([]), { stdout: "42", stderr: "" });
    });

    it("needs --allow-ffi beside --permission", { skip: !hasNodeFfi && "this Node has no node:ffi" }, () => {
      const flags = ["--permission", "--allow-fs-read=*"];
      assert.equal(
        inProcess(flags).stdout,
        "EngineError: Node runs with --permission and without FFI: add --allow-ffi",
      );
      assert.equal(inProcess([...flags, "--allow-ffi"]).stdout, "42");
    });

    it("without node:ffi and koffi says how to get one", () => {
      const { stdout } = inProcess(hasNodeFfi ? ["--no-experimental-ffi"] : []);
      assert.ok(
        stdout.startsWith(`EngineError: Node ${process.versions.node} runs without node:ffi (26.9`),
        stdout,
      );
      assert.ok(stdout.includes("npm install koffi"), stdout);
    });
  });
}

describe("the platform", () => {
  it("is named as Rust names it", () => {
    const platform = currentPlatform();
    const systems: Record<string, string> = { linux: "linux", darwin: "darwin", win32: "windows" };
    const machines: Record<string, string> = { x64: "x86_64", arm64: "aarch64" };
    assert.equal(platform.operatingSystem, systems[process.platform] ?? process.platform);
    assert.equal(platform.architecture, machines[process.arch] ?? process.arch);
  });
});

describe("an environment variable", () => {
  it("is read where it is set, and is undefined where it is not or empty", async () => {
    process.env["FLIPT_FFI_TEST"] = "value";
    assert.equal(await environmentVariable("FLIPT_FFI_TEST"), "value");
    process.env["FLIPT_FFI_TEST"] = "";
    assert.equal(await environmentVariable("FLIPT_FFI_TEST"), undefined);
    delete process.env["FLIPT_FFI_TEST"];
    assert.equal(await environmentVariable("FLIPT_FFI_TEST"), undefined);
  });
});
