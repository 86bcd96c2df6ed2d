// W14: from the start of a process to its first answer, with the package as npm has it. Whole processes alternate between the
// clients and an empty program, whose time is subtracted.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Figure } from "../figures.ts";
import { OFF } from "../flags.ts";
import { documentJson } from "../flipt_document.ts";
import { PARTS } from "../parts.ts";
import { serviceFlags } from "../service.ts";
import { median, quantile } from "../statistics.ts";
import type { SubjectName } from "../subjects/subject.ts";
import type { Workload } from "./workload.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAM = fileURLToPath(new URL("w14_program.mjs", import.meta.url));
const PROCESSES = 11;

/** The packages, in a project of their own. */
const PROJECT = "cold";

/** What a process does. */
interface Run {
  readonly subject: SubjectName;
  /** The module that it imports; none for the empty program. */
  readonly module: string;
  readonly engine: string;
  /** Whether the document comes as the runtime's own `Response`. */
  readonly form: "" | "Response";
  /** The title of its time in all. */
  readonly part: string;
}

/** The time of each part of a process in milliseconds, and from its start to its answer. */
type Times = Readonly<Record<"whole" | "import" | "init" | "first", number>>;

/** Makes the npm package and a project that has it, beside the official client. Called once a run, on Deno. */
export async function makeColdProject(folder: string): Promise<void> {
  const { makePackage } = await import("../../tasks/npm/build.ts");
  const modules = join(folder, PROJECT, "node_modules");
  mkdirSync(join(modules, "@flipt-ffi"), { recursive: true });
  await makePackage({ folder: join(modules, "@flipt-ffi/client") });
  symlinkSync(join(ROOT, "node_modules/@flipt-io"), join(modules, "@flipt-io"));
  writeFileSync(join(folder, PROJECT, "package.json"), `{ "type": "module" }\n`);
  // A copy, since its imports are looked for from where it is.
  copyFileSync(PROGRAM, join(folder, PROJECT, "program.mjs"));
  writeFileSync(join(folder, PROJECT, "document.json"), documentJson(serviceFlags()));
}

function runs(subjects: readonly SubjectName[]): Run[] {
  const own = "@flipt-ffi/client";
  const named: Run[] = (["", "Response"] as const).flatMap((form) => {
    const part = form === "" ? PARTS.coldStart : PARTS.coldStartResponse;
    return [
      { subject: "official", module: "@flipt-io/flipt-client-js", engine: "", form, part },
      { subject: "native", module: own, engine: "native", form, part },
      { subject: "portable", module: own, engine: "portable", form, part },
    ] as const;
  });
  if ("Deno" in globalThis) {
    const module = pathToFileURL(join(ROOT, "mod.ts")).href;
    for (const engine of ["native", "portable"] as const) {
      named.push({ subject: engine, module, engine, form: "", part: PARTS.coldStartSources });
    }
  }
  const available = named.filter(({ subject }) => subjects.includes(subject));
  return [{ subject: "floor", module: "", engine: "", form: "", part: PARTS.emptyProgram }, ...available];
}

function time({ module, engine, form }: Run, project: string): Promise<Times> {
  const flags = "Deno" in globalThis ? ["run", "-A", "--quiet", "--no-check"] : [];
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [...flags, join(project, "program.mjs"), module, engine, join(project, "document.json"), OFF, form],
    { cwd: project, stdio: ["ignore", "pipe", "pipe"] },
  );
  return new Promise((resolve, reject) => {
    let whole = 0;
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      whole ||= performance.now() - start;
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => output.stderr += text);
    child.on("error", reject);
    child.on("close", (status) => {
      if (status !== 0) return reject(new Error(`W14 failed for ${module} ${engine}: ${output.stderr}`));
      resolve({ import: 0, init: 0, first: 0, ...JSON.parse(output.stdout), whole });
    });
  });
}

/** The workload. The floor is a program that only reads the document. */
export const coldStart: Workload = {
  name: "W14",
  title: "cold start: from the start of a process to its first answer from 200 flags, above an empty program",
  async measure({ effort, subjects, folder }): Promise<Figure[]> {
    const project = join(folder, PROJECT);
    const all = runs(subjects);
    const times = new Map<Run, Times[]>(all.map((run) => [run, []]));
    const count = effort.isQuick ? 1 : PROCESSES;
    // The first process of each fills caches of the system and of the runtime.
    for (let n = -1; n < count; n++) {
      for (const run of n % 2 === 0 ? all : all.toReversed()) {
        const taken = await time(run, project);
        if (n >= 0) times.get(run)?.push(taken);
      }
    }
    const of = (run: Run, part: keyof Times): number[] =>
      (times.get(run) ?? []).map((each) => each[part]).toSorted((a, b) => a - b);
    const [empty] = all;
    const base = empty === undefined ? 0 : median(of(empty, "whole"));
    return all.flatMap((run): Figure[] => {
      const { subject, part } = run;
      const figure = (title: string, values: readonly number[], less: number): Figure => ({
        workload: "W14",
        part: title,
        subject,
        unit: "ms",
        value: quantile(values, 0.5) - less,
        lower: quantile(values, 0.25) - less,
        upper: quantile(values, 0.75) - less,
      });
      if (run === empty) return [figure(part, of(run, "whole"), 0)];
      const whole = figure(part, of(run, "whole"), base);
      if (part !== PARTS.coldStart) return [whole];
      return [
        whole,
        figure(PARTS.coldImport, of(run, "import"), 0),
        figure(PARTS.coldInit, of(run, "init"), 0),
        figure(PARTS.coldFirst, of(run, "first"), 0),
      ];
    });
  },
};
