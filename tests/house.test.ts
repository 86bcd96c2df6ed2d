// The order of the rooms: what may import what. Types count: who needs another room's types needs that room.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";
import { sourceFiles } from "./support/source_files.ts";

/** The floors of a house, from the ground up: the rooms of one floor know nothing of each other, nor of those above. */
type Floors = readonly (readonly string[])[];

const HOUSE: Floors = [
  ["core"],
  ["ffi"],
  ["engines"],
  ["src"],
  ["server"],
  [
    "store",
    "file",
    "testing",
    "openfeature",
    "otel",
    "overrides",
    "prometheus",
    "exposure",
    "auth",
    "answers",
    "request",
    "health",
    "browser",
    "namespaces",
  ],
  ["relay"],
  ["cli", "mod.ts"],
];

/** Rooms that have rooms of their own. What is not named here is on the ground, as one room. */
const INSIDE: Readonly<Record<string, Floors>> = {
  engines: [["rules"], ["portable"], ["native", "flipt_engine_ffi"], ["choice.ts", "follow.ts"]],
  src: [
    ["evaluation"],
    ["options"],
    ["sources"],
    ["authentication"],
    ["from_environment.ts"],
    ["state"],
    ["sync", "workers"],
    ["assemble.ts"],
    ["state_at_hand.ts"],
    ["start.ts"],
    ["ready.ts", "touch.ts"],
    ["client.ts"],
    ["official_names.ts"],
  ],
};

/** An import, and the line that it stands on. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly place: string;
}

const root = new URL("../", import.meta.url);
const specifier = /(?:\bfrom\s*|\bimport\s*\(?\s*|new URL\()"(\.{1,2}\/[^"]+\.ts)"/g;

/** The imports of a module, given its text; what stands in a comment is none. */
function importsOf(from: string, text: string): Import[] {
  return text.split("\n").flatMap((line, index) =>
    /^\s*(\/\/|\*)/.test(line) ? [] : [...line.matchAll(specifier)].map(([, path = ""]) => ({
      from,
      to: join(dirname(from), path),
      place: `${from}:${index + 1}: ${line.trim()}`,
    }))
  );
}

function modules(): string[] {
  return HOUSE.flat().flatMap((room) => room.endsWith(".ts") ? [room] : sourceFiles(root, room));
}

function allImports(): Import[] {
  return modules().flatMap((module) => importsOf(module, readFileSync(new URL(module, root), "utf8")));
}

/** On which floor a part of a path is: -1 for the ground, which a house outside of which there is nothing has not. */
function floorOf(floors: Floors, part: string): number {
  return floors.findIndex((rooms) => rooms.includes(part));
}

/** What is wrong with an import; `undefined` when it goes down, or stays in its room. */
function problemOf({ from, to }: Import): string | undefined {
  const [here = "", hereInside = ""] = from.split("/");
  const [there = "", thereInside = ""] = to.split("/");
  if (floorOf(HOUSE, there) < 0) return `${there} is no part of the package`;
  if (here !== there) return directionOf(HOUSE, here, there);
  const floors = INSIDE[here];
  if (floors === undefined) return undefined;
  const ground = (part: string): string => floorOf(floors, part) < 0 ? "the ground" : part;
  return directionOf(floors, ground(hereInside), ground(thereInside));
}

function directionOf(floors: Floors, here: string, there: string): string | undefined {
  if (here === there) return undefined;
  const [above, below] = [floorOf(floors, here), floorOf(floors, there)];
  if (above > below) return undefined;
  return `${here} must not import ${there}, which is ${above === below ? "beside" : "above"} it`;
}

/** Circles of modules, each as the lines that close it. */
function circles(imports: readonly Import[]): string[][] {
  const byModule = Map.groupBy(imports, ({ from }) => from);
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (module: string, way: readonly Import[]): void => {
    const start = way.findIndex(({ from }) => from === module);
    if (start >= 0) return void found.push(way.slice(start).map(({ place }) => place));
    if (done.has(module)) return;
    for (const next of byModule.get(module) ?? []) visit(next.to, [...way, next]);
    done.add(module);
  };
  for (const module of byModule.keys()) visit(module, []);
  return found;
}

test("no room imports from one above or beside it", () => {
  const imports = allImports();
  assert.ok(imports.length > 500, `only ${imports.length} imports were found`);
  const lines = imports.flatMap((each) => {
    const problem = problemOf(each);
    return problem === undefined ? [] : [`${each.place}\n    ${problem}`];
  });
  assert.equal(lines.join("\n"), "");
});

test("no modules import each other in a circle", () => {
  assert.equal(circles(allImports()).map((lines) => lines.join("\n")).join("\n\n"), "");
});

test("an import that goes up or aside, or closes a circle, is found and its line is printed", () => {
  const planted = [
    ["core/clock.ts", 'import { loadFfi } from "../ffi/mod.ts";'],
    ["otel/client_observer.ts", 'import type { Provider } from "../openfeature/mod.ts";'],
    ["engines/portable/mod.ts", 'const { openNativeEngine } = await import("../native/mod.ts");'],
    ["engines/document.ts", 'export { crc32 } from "./rules/crc32.ts";'],
    ["src/sync/polling.ts", 'import type { A } from "../workers/sharing.ts";'],
    ["src/client.ts", 'import { shop } from "../tests/support/runtime.ts";'],
  ] as const;
  for (const [module, line] of planted) {
    const [found] = importsOf(module, `// first\n${line}\n`);
    assert.equal(found?.place, `${module}:2: ${line}`);
    assert.match(problemOf(found) ?? "", /must not import|no part of the package/);
  }
  const going = [["src/client.ts", "./assemble.ts"], ["cli/mod.ts", "../file/mod.ts"]] as const;
  for (const [module, path] of going) {
    const [found] = importsOf(module, `import "${path}";`);
    assert.equal(found && problemOf(found), undefined);
  }
  const circle = [
    ...importsOf("src/state/a.ts", 'import type { B } from "./b.ts";'),
    ...importsOf("src/state/b.ts", 'import type { A } from "./a.ts";'),
  ];
  assert.deepEqual(circles(circle).flat(), circle.map(({ place }) => place));
});

/** Files that are named for a runtime may ask for what it has. */
const NAMED_FOR_RUNTIME = /^ffi\/|_(deno|bun|node)\.ts$|^store\/deno_kv\.ts$/;

/** A runtime's globals; ffi/runtime.ts gives them, too. */
const RUNTIME_GLOBALS = /\b(Deno|Bun)\.|\b(globalThis|navigator)\b|(?<![\w.$])process\b(?!\s*from)/;

function globalsIn(module: string, text: string): string[] {
  if (NAMED_FOR_RUNTIME.test(module)) return [];
  // The command line is a program: its process is Node's, which all three runtimes have.
  const isProgram = module.startsWith("cli/") && /import process from "node:process"/.test(text);
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(\/\/|\/?\*)/.test(line)) return [];
    const code = line.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, "");
    const asks = RUNTIME_GLOBALS.test(isProgram ? code.replaceAll("process", "") : code) ||
      importsOf(module, line).some(({ to }) => to === "ffi/runtime.ts");
    return asks ? [`${module}:${index + 1}: ${line.trim()}`] : [];
  });
}

test("the globals of runtimes are asked for in ffi/ and in files named for their runtime only", () => {
  const lines = modules().flatMap((module) => globalsIn(module, readFileSync(new URL(module, root), "utf8")));
  assert.equal(lines.join("\n"), "");
});

test("a leak of a runtime's global is found and its line is printed", () => {
  const leaks = [
    "const version = Deno.version.deno;",
    "const { platform } = process.versions;",
    'const isBun = "Bun" in globalThis;',
    'import { denoGlobal } from "../../ffi/runtime.ts";',
  ];
  for (const leak of leaks) {
    assert.deepEqual(globalsIn("src/state/leak.ts", `// Deno.\n${leak}\n`), [`src/state/leak.ts:2: ${leak}`]);
    assert.deepEqual(globalsIn("src/state/leak_node.ts", leak), []);
  }
});
