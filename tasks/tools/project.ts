// The folder that a program is built and run in: what is installed in it, the commands that are run there, and the servers
// that are started there.

import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fetchTool } from "../npm/tools.ts";
import { cacheFolder, installedRuntime } from "../runtimes.ts";
import { type FlagsServer, freePort } from "./flags_server.ts";
import { PROGRAMS, toCommonJs } from "./programs.ts";
import { type Answers, CommandError, type Report } from "./report.ts";
import type { Case, RunsOn } from "./tool.ts";
import { Served } from "./served.ts";

/** How long a command may take, in milliseconds. */
const COMMAND_TIMEOUT_MS = 150_000;

/** What is set for the task alone, and would change what a tool does. */
const NOT_PASSED_ON =
  /^(?:npm_(?!config_(?:registry|cafile|proxy|https_proxy))|FLIPT_|NODE_(?!EXTRA_CA_CERTS)|INIT_CWD$|FORCE_COLOR$)/;

const QUIET: Readonly<Record<string, string>> = {
  ASTRO_TELEMETRY_DISABLED: "1",
  CI: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NO_COLOR: "1",
  NO_UPDATE_NOTIFIER: "1",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_package_lock: "false",
  npm_config_update_notifier: "false",
};

/** What a command is given beside its parameters. */
export interface CommandOptions {
  /** Variables beside the usual ones. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to run it in, in the folder of the project. @default that itself */
  readonly folder?: string;
}

/** Where the executable of a runtime is. */
export function executableOf(runtime: RunsOn): string {
  if (runtime === "deno") return process.execPath;
  return runtime === "node20" ? fetchTool("node20") : installedRuntime(runtime).executable;
}

/** A folder with the package and a tool installed, and what runs in it. */
export class Project implements Disposable {
  /** The folder. */
  readonly folder: string;
  readonly #server: FlagsServer;
  #namespace = "";
  #runsOn: RunsOn = "node";
  #engine = "";

  constructor(name: string, server: FlagsServer) {
    // Some tools resolve links, and then look for files outside of what they were given.
    this.folder = mkdtempSync(join(tmpdir(), `flipt-tools-${name}-`));
    this.#server = server;
  }

  /** Deletes the folder. */
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Begins with a program: gives it a namespace of its own, with the flags as they are at first. */
  begin(namespace: string, { runsOn = "node", engine }: Pick<Case, "runsOn" | "engine">): void {
    this.#namespace = namespace;
    this.#runsOn = runsOn;
    this.#engine = engine;
    this.#server.begin(namespace);
  }

  /** Changes the flags of the program at the server. */
  change(): void {
    this.#server.change(this.#namespace);
  }

  /** The path of a file of the project. */
  path(file: string): string {
    return join(this.folder, file);
  }

  /** Reads a file of the project. */
  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  /** Writes files, by their paths. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(file)), { recursive: true });
      writeFileSync(this.path(file), text);
    }
  }

  /** Copies the native libraries beside a bundle, as the documentation says. */
  copyLibraries(folder: string): void {
    const from = this.path("node_modules/@flipt-ffi/client/lib/native");
    cpSync(from, this.path(folder), { recursive: true });
  }

  /** Takes `node_modules` away while `work` runs: what was built has to have all that it needs. */
  async withoutPackages<Result>(work: () => Promise<Result>): Promise<Result> {
    const [there, away] = [this.path("node_modules"), this.path("away")];
    renameSync(there, away);
    try {
      return await work();
    } finally {
      renameSync(away, there);
    }
  }

  /** Copies what the programs of a tool are, and what all share, as an ECMAScript module and as CommonJS. */
  copyPrograms(name: string): void {
    const shared = join(PROGRAMS, "shared");
    cpSync(shared, this.folder, { recursive: true });
    this.write({ "flags.cjs": toCommonJs(readFileSync(join(shared, "flags.mjs"), "utf8")) });
    const own = join(PROGRAMS, name);
    if (existsSync(own)) cpSync(own, this.folder, { recursive: true });
  }

  /**
   * Installs packages beside what `package.json` has.
   * @throws {Error} with what npm said.
   */
  async install(): Promise<void> {
    const npm = fetchTool("npm");
    const cache = join(cacheFolder(), "npm");
    await this.run(executableOf("node"), [npm, "install", "--prefer-offline", "--cache", cache]);
  }

  /**
   * Runs a module of a package, or of the project, with the runtime of the program.
   * @returns what it printed, to stdout and stderr.
   * @throws {Error} with the end of what it printed, when it fails.
   */
  node(file: string, parameters: readonly string[] = [], options: CommandOptions = {}): Promise<string> {
    return this.run(this.executable, [...this.programParameters, file, ...parameters], options);
  }

  /** What runs the program. */
  get executable(): string {
    return executableOf(this.#runsOn);
  }

  /** What stands before the file of a program. */
  get programParameters(): readonly string[] {
    return this.#runsOn === "deno" ? ["run", "-A", "--no-check", "--quiet", "--node-modules-dir=manual"] : [];
  }

  /** Runs a command as `node` does. */
  run(executable: string, parameters: readonly string[], options: CommandOptions = {}): Promise<string> {
    const command = `${executable.split(/[\\/]/).at(-1)} ${parameters.join(" ")}`.slice(0, 200);
    const child = spawn(executable, parameters, {
      cwd: join(this.folder, options.folder ?? ""),
      env: this.#environment(options.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => output += text);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        output += `\n(it was ended after ${COMMAND_TIMEOUT_MS / 1000} s)`;
        child.kill("SIGKILL");
        // What it started may live on, and hold them open.
        child.stdout.destroy();
        child.stderr.destroy();
      }, COMMAND_TIMEOUT_MS);
      child.once("error", reject);
      child.once("close", (code, signal) => {
        clearTimeout(timer);
        if (code === 0) resolve(output);
        else reject(new CommandError(`${command} ended with ${code ?? signal}`, output));
      });
    });
  }

  /** Starts a server, which is told its port by the variable PORT. */
  async start(
    executable: string,
    parameters: readonly string[],
    options: CommandOptions = {},
  ): Promise<Served> {
    const port = await freePort();
    const env = { ...options.env, PORT: String(port), HOST: "127.0.0.1", HOSTNAME: "127.0.0.1" };
    const child = spawn(executable, parameters, {
      cwd: join(this.folder, options.folder ?? ""),
      env: this.#environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Served(child, port);
  }

  /** Starts the server of a program, asks it, changes the flags and asks until it has them, and ends it. */
  async serve(parameters: readonly string[], path = "/", options: CommandOptions = {}): Promise<Report> {
    await using served = await this.start(
      this.executable,
      [...this.programParameters, ...parameters],
      options,
    );
    return await this.ask(served, path);
  }

  /** Asks a server, changes the flags, and asks until it has them. */
  async ask(served: Served, path: string): Promise<Report> {
    const before = await served.answers(path);
    this.change();
    const after = await served.answers(path, ({ boolean }) => !boolean);
    return reportOf(before, after);
  }

  #environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const own = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name));
    const node = dirname(executableOf(this.#runsOn === "node20" ? "node20" : "node"));
    return {
      ...Object.fromEntries(own) as Record<string, string>,
      ...QUIET,
      PATH: [node, process.env["PATH"]].join(delimiter),
      FLIPT_URL: this.#server.url,
      FLIPT_CONTROL: this.#server.controlUrl,
      FLIPT_NOWHERE: this.#server.nowhereUrl,
      FLIPT_ENGINE: this.#engine,
      FLIPT_NAMESPACE: this.#namespace,
      FLIPT_FOLDER: this.folder,
      ...more,
    };
  }
}

/** What a server answered before and after the change, as a program reports it. */
export function reportOf(before: Answers, after: Answers): Report {
  const wrong = (answers: Answers): string => `got ${JSON.stringify(answers)}`;
  return {
    engine: before.engine,
    reason: before.reason,
    checks: {
      boolean: before.boolean === true || wrong(before),
      variant: before.variant === "winter" || wrong(before),
      change: (after.boolean === false && after.variant === "summer") || wrong(after),
    },
  };
}
