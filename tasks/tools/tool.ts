// What a row of the matrix is: a tool that users run the package in, installed once, and the programs that are run in it.

import type { Project } from "./project.ts";
import type { Report } from "./report.ts";

/** What a program runs on. Node 20 has no FFI of its own; koffi is installed where it has to be native. */
export type RunsOn = "node" | "node20" | "bun" | "deno";

/** An engine of the client. */
export type EngineName = "native" | "portable";

/** A program in a tool. */
export interface Case {
  /** What tells it from the other programs in the same tool. */
  readonly title: string;
  /** What it runs on. @default "node" */
  readonly runsOn?: RunsOn;
  /** The engine that has to run. */
  readonly engine: EngineName;
  /** What has to be checked, and to hold. */
  readonly checks: readonly string[];
  /** What a user has to write for it, for the table. @default nothing */
  readonly needs?: string;
  /** Builds and runs the program, in a folder where everything is installed. Returns what it reported. */
  readonly run: (project: Project) => Promise<readonly Report[]>;
}

/** A tool, with what is installed for it. */
export interface Tool {
  /** What it is called on the command line. */
  readonly name: string;
  /** The folder of its programs. @default the name */
  readonly programs?: string;
  /** What people call it. */
  readonly title: string;
  /** Where its version is from: a package, or a runtime. */
  readonly versionOf: string;
  /** The packages that are installed beside the client, as `versions.json` names them. */
  readonly packages: readonly string[];
  /** Whether it is installed and run in seconds. @default false */
  readonly isQuick?: boolean;
  /** The kind of the modules in its folder. @default "module" */
  readonly type?: "module" | "commonjs";
  /** The programs. */
  readonly cases: readonly Case[];
}

/** What the program that most tools build checks: see `programs/shared/flags.mjs`. */
export const USUAL_CHECKS: readonly string[] = ["boolean", "variant", "change", "store", "outage", "explain"];

/** What is checked of a server: its answers over HTTP before and after a change of the flags. */
export const SERVER_CHECKS: readonly string[] = ["boolean", "variant", "change"];

/** What is to be written where `node_modules` is not beside a bundle. */
export const COPY_LIBRARIES = "`cp -r node_modules/@flipt-ffi/client/lib/native dist/native`";
