// The command line as a child process on the runtime under test, and what tests look at in what it printed.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { main } from "../../cli/mod.ts";

const entry = fileURLToPath(new URL("../../cli/mod.ts", import.meta.url));

/** How long a process may be silent that is waited for, in milliseconds. */
const patience = 20_000;

/** How a child process is started. */
export interface CliOptions {
  /** Variables in addition to those of the test; `undefined` takes one away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What comes in. @default nothing: the input is closed */
  readonly input?: string;
  /** The permissions on Deno. @default all */
  readonly permissions?: readonly string[];
}

/** What came of a command. */
export interface CliResult {
  /** Its status; the name of a signal where one ended it. */
  readonly code: number | string;
  /** What it printed. */
  readonly output: string;
  /** What it printed as errors. */
  readonly errors: string;
}

/** A command that runs until it is told to end. */
export class RunningCli {
  /** The process. */
  readonly child: ChildProcess;
  /** How it ends. */
  readonly ended: Promise<CliResult>;
  #output = "";
  #errors = "";
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  /** Starts it. */
  constructor(args: readonly string[], { environment = {}, input, permissions = ["-A"] }: CliOptions = {}) {
    const env: Record<string, string | undefined> = { ...process.env };
    for (const name of Object.keys(env)) if (/^FLIPT_|_COLOR$/.test(name)) delete env[name];
    Object.assign(env, environment);
    const runtimeParameters = "Deno" in globalThis ? ["run", "--no-check", "--quiet", ...permissions] : [];
    this.child = spawn(process.execPath, [...runtimeParameters, entry, ...args], {
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on(
      "data",
      (text: string) => this.#told(() => this.#output += text),
    );
    this.child.stderr?.setEncoding("utf8").on(
      "data",
      (text: string) => this.#told(() => this.#errors += text),
    );
    if (input !== undefined) this.child.stdin?.end(input);
    this.ended = new Promise((resolve) =>
      this.child.once("close", (code, signal) => {
        this.#told(() => this.#isOver = true);
        resolve({ code: code ?? signal ?? "", output: this.#output, errors: this.#errors });
      })
    );
  }

  /** Settles as soon as it has printed what matches; gives the match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#isOver) throw new Error(`it ended without ${pattern}: ${this.#output}${this.#errors}`);
      await this.#toldMore(pattern);
    }
  }

  /** Settles as soon as there is anything new; a process that has nothing to say any more is ended. */
  async #toldMore(pattern: RegExp): Promise<void> {
    const timer = setTimeout(() => {
      this.#errors += `nothing more was printed within ${patience / 1000} s while ${pattern} was waited for`;
      this.child.kill("SIGKILL");
    }, patience);
    await new Promise<void>((resolve) => this.#waiting.add(resolve));
    clearTimeout(timer);
  }

  /** Sends a signal and waits for the end. */
  end(signal: "SIGINT" | "SIGTERM"): Promise<CliResult> {
    // Deno's child.kill() has the signal for the status, whatever the process makes of it.
    if (this.child.pid !== undefined) process.kill(this.child.pid, signal);
    return this.ended;
  }

  /** Ends it, whatever it is doing: a test that fails would wait for it otherwise. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.child.kill("SIGKILL");
    await this.ended;
  }

  #told(change: () => void): void {
    change();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Runs a command to its end. */
export function cli(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  return new RunningCli(args, options).ended;
}

/** Runs a command in this process, which is quicker where the process itself is not what matters. */
export async function command(
  args: readonly string[],
  { environment = {}, input = "" }: CliOptions = {},
): Promise<CliResult> {
  const told = { output: "", errors: "" };
  const code = await main(args, {
    environment,
    stdout: { write: (text) => void (told.output += text), styled: false, columns: 100 },
    stderr: { write: (text) => void (told.errors += text), styled: false, columns: 100 },
    stdin: () => Promise.resolve(input),
    interruption: () => new AbortController().signal,
  });
  return { code, ...told };
}
