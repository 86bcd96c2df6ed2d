// The package as JSR has it, for the tests of it: in a registry on the loopback interface, with programs on Deno that
// import it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import type { LibraryEntry } from "../../engines/native/manifest.ts";
import { targetOf } from "../../engines/native/manifest.ts";
import { ABI_VERSION } from "../../engines/native/symbols.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { ensureEngine } from "../../tasks/build_engine.ts";
import { writeFileSet } from "../../tasks/jsr/build.ts";
import { denoJson } from "../../tasks/jsr/sources.ts";
import { ownRuntime } from "../../tasks/runtimes.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { shopDocument } from "./runtime.ts";
import { FliptServer } from "./server.ts";

const { name: runtime, executable } = ownRuntime();
const { operatingSystem, librarySuffix } = currentPlatform();
/** What this machine is called. */
export const target: string | undefined = targetOf(currentPlatform());
/** The library for it. */
export const library: string | undefined = runtime === "deno" ? ensureEngine() : undefined;
/** Why the package cannot be tried here. */
export const skip: false | string = runtime !== "deno"
  ? "only Deno imports from JSR"
  : operatingSystem === "windows"
  ? "the permissions of files are POSIX's"
  : (library === undefined || target === undefined) && "the native engine could not be built (no cargo?)";

/** A target that is not this machine's, whose module nobody may ask for. */
const FOREIGN = target === "aarch64-apple-darwin" ? "x86_64-apple-darwin" : "aarch64-apple-darwin";

/** What the package is called. */
export const NAME = "@flipt-ffi/client";

/** What a program prints. */
export interface Outcome {
  /** The engine. */
  readonly kind: string;
  /** Its library. */
  readonly library?: string;
  /** Why it is this engine. */
  readonly reason?: string;
  /** What was evaluated. */
  readonly variant: string;
}

/** Where things are for a process. */
export interface Surroundings {
  /** The home folder. @default that of the package */
  readonly home?: string;
  /** Deno's own cache. */
  readonly cache?: string;
  /** The registry. @default that of the package */
  readonly from?: JsrRegistry;
  /** The id of the user that runs the process. @default this one's */
  readonly user?: number;
  /** The executable of Deno. @default that of these tests */
  readonly deno?: string;
}

/** The package in a registry, and a folder that programs run in. */
export class JsrPackage {
  /** The folder of everything. */
  readonly scratch: string;
  /** The files that are published. */
  readonly fileSet: string;
  /** The registry. */
  readonly registry: JsrRegistry;
  /** A Flipt server, with the flags of the shop. */
  readonly server: FliptServer;
  /** The home folder of programs. */
  readonly home: string;

  private constructor(scratch: string, fileSet: string, registry: JsrRegistry, server: FliptServer) {
    this.scratch = scratch;
    this.fileSet = fileSet;
    this.registry = registry;
    this.server = server;
    this.home = join(scratch, "home");
  }

  /** Makes the package, puts it into a registry, and writes a program. */
  static async open(): Promise<JsrPackage> {
    const scratch = mkdtempSync(join(tmpdir(), "flipt-ffi-jsr-"));
    const fileSet = join(scratch, "package");
    const bytes = readFileSync(library ?? "");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const entries = [target ?? "", FOREIGN].map((name): LibraryEntry => ({
      target: name,
      file: `${name}${librarySuffix}`,
      size: bytes.length,
      sha256,
    }));
    const { version } = denoJson();
    await writeFileSet(fileSet, {
      manifest: { abiVersion: ABI_VERSION, version, libraries: entries },
      files: entries.map(({ file }) => ({ name: file, path: library ?? "" })),
      isComplete: true,
    });
    const registry = await JsrRegistry.start(fileSet);
    const server = await FliptServer.start();
    server.setDocument("shop", shopDocument());
    writeFileSync(join(scratch, "deno.json"), "{}");
    writeFileSync(
      join(scratch, "main.ts"),
      `import { FliptClient } from "jsr:${NAME}";

const url = ${JSON.stringify(server.url)};
const client = await FliptClient.init({ url, namespace: "shop" });
const { variantKey: variant } = client.evaluateVariant("banner", "user-1");
console.log(JSON.stringify({ ...client.engine, variant }));
client.close();
`,
    );
    return new JsrPackage(scratch, fileSet, registry, server);
  }

  /** Stops the servers, and deletes the folder. */
  async close(): Promise<void> {
    await this.registry.close();
    await this.server.close();
    rmSync(this.scratch, { recursive: true });
  }

  /** The folder that the library is kept in. */
  cacheFolder(homeFolder: string = this.home): string {
    return join(homeFolder, operatingSystem === "darwin" ? "Library/Caches" : ".cache", "flipt-ffi-engine");
  }

  /** The permissions that the native engine needs, by name. */
  permissions(homeFolder: string = this.home): Record<"ffi" | "env" | "read" | "write", string> {
    const folder = this.cacheFolder(homeFolder);
    return {
      ffi: "--allow-ffi",
      env: "--allow-env=HOME",
      read: `--allow-read=${folder}`,
      write: `--allow-write=${folder}`,
    };
  }

  /** Starts a program in the scratch folder and waits for its end; the registry and the server go on meanwhile. */
  start(
    command: string,
    parameters: readonly string[],
    { home: homeFolder = this.home, cache = "deno", from = this.registry, user }: Surroundings = {},
  ): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const env = {
      PATH: process.env["PATH"],
      HOME: homeFolder,
      DENO_DIR: join(this.scratch, cache),
      JSR_URL: from.url,
      NO_COLOR: "1",
    };
    return new Promise((resolve, reject) => {
      const child = spawn(command, parameters, {
        cwd: this.scratch,
        env,
        stdio: ["ignore", "pipe", "pipe"],
        ...(user === undefined ? {} : { uid: user, gid: user }),
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
      child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    });
  }

  /** The permission to ask the Flipt server. */
  netFlag(): string {
    return `--allow-net=${new URL(this.server.url).host}`;
  }

  /** Runs the program with these flags. */
  async run(flags: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
    const parameters = ["run", "--quiet", "--no-lock", this.netFlag(), ...flags, "main.ts"];
    const { status, stdout, stderr } = await this.start(
      surroundings.deno ?? executable,
      parameters,
      surroundings,
    );
    assert.equal(status, 0, stderr);
    const outcome = JSON.parse(stdout) as Outcome;
    assert.equal(outcome.variant, "winter");
    return outcome;
  }

  /** Asserts that the program runs natively, and gives the path of the library. */
  async assertNative(flags: readonly string[], surroundings: Surroundings = {}): Promise<string> {
    const { kind, reason, library: path = "" } = await this.run(flags, surroundings);
    assert.deepEqual({ kind, reason }, { kind: "native", reason: undefined });
    this.assertLibrary(path);
    return path;
  }

  /** Asserts that the program runs portable, and says why. */
  async assertPortable(
    flags: readonly string[],
    reason: RegExp,
    surroundings: Surroundings = {},
  ): Promise<void> {
    const outcome = await this.run(flags, surroundings);
    assert.equal(outcome.kind, "portable");
    assert.match(outcome.reason ?? "", reason);
  }

  /** Asserts that the file is the library, and that nothing else is left in its folder. */
  assertLibrary(path: string): void {
    assert.deepEqual(readFileSync(path), readFileSync(library ?? ""));
    assert.equal(readdirSync(dirname(path)).length, 1);
  }

  /** The modules of libraries that the registry was asked for. */
  modulesAskedFor(): string[] {
    return this.registry.requests.filter((path) => path.includes("/engines/native/libraries/"));
  }
}
