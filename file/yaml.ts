// Reads YAML into trees with places, one a document of the stream. The parser is npm's `yaml`, loaded when it is needed.

import { FliptError } from "../core/errors.ts";
import { ensureEnvironmentPermission } from "../ffi/permissions_deno.ts";
import { reasonOf } from "../src/sources/response.ts";
import { deepest } from "./json.ts";
import type { FileProblems } from "./problems.ts";
import { quoted } from "./tree.ts";
import type { Entry, Node } from "./tree.ts";

/** How many values aliases may add to a file: a few lines can otherwise stand for billions. */
const mostAliased = 100_000;

/** What is used of the package `yaml`. */
export interface YamlPackage {
  /** Parses a stream of documents. */
  parseAllDocuments(text: string, options: Readonly<Record<string, unknown>>): unknown;
}

/** What the package reads while it parses: it can tell what it does. */
const yamlVariables = ["LOG_TOKENS", "LOG_STREAM"];

/**
 * Loads the package `yaml`.
 * @throws {FliptError} (rejects) when it is not installed, or may not run on Deno.
 */
export async function yamlPackage(): Promise<YamlPackage> {
  await ensureEnvironmentPermission(yamlVariables).catch((cause: unknown) => {
    throw new FliptError(
      `the package yaml, which reads YAML, looks at variables of the environment. ${reasonOf(cause)}; ` +
        "JSON files need nothing",
      { cause },
    );
  });
  try {
    return await import("yaml") as unknown as YamlPackage;
  } catch (cause) {
    throw new FliptError(
      "reading YAML needs the package yaml, which is not installed: npm install yaml " +
        "(or deno add npm:yaml, or bun add yaml); JSON files need nothing",
      { cause },
    );
  }
}

/** What the parser gives, as far as it is looked at. */
interface Parsed {
  readonly type?: string;
  readonly range?: readonly number[] | null;
  readonly anchor?: string;
  readonly source?: unknown;
  readonly value?: unknown;
  readonly tag?: string;
  readonly items?: readonly (Parsed | ParsedPair)[];
}

interface ParsedPair {
  readonly key: Parsed;
  readonly value: Parsed | null;
}

interface ParsedDocument {
  readonly contents: Parsed | null;
  readonly errors: readonly {
    readonly message: string;
    readonly code: string;
    readonly pos: readonly number[];
  }[];
  readonly warnings: ParsedDocument["errors"];
}

/** Reads a YAML text: a tree for each of its documents that says anything. What is wrong is a problem. */
export function readYaml(text: string, problems: FileProblems, { parseAllDocuments }: YamlPackage): Node[] {
  const options = {
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: "silent",
    // Compares each with each; the converter does it faster.
    uniqueKeys: false,
  };
  let documents: readonly ParsedDocument[];
  try {
    // For a stream without documents it is an empty list with members of its own.
    documents = [...parseAllDocuments(text, options) as Iterable<ParsedDocument>];
  } catch (error) {
    problems.add(
      undefined,
      `not YAML that can be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
  const trees: Node[] = [];
  for (const { contents, errors, warnings } of documents) {
    for (const { message, code, pos } of [...errors, ...warnings]) {
      problems.add(pos[0] ?? 0, code === "TAB_AS_INDENT" ? tabs : `not valid YAML: ${oneLine(message)}`);
    }
    if (errors.length > 0 || contents === null) continue;
    const tree = new Converter(problems).convert(contents);
    if (tree !== undefined && !(tree.kind === "scalar" && tree.value === null)) trees.push(tree);
  }
  return trees;
}

const tabs = "a tab cannot indent YAML: use spaces";

function oneLine(message: string): string {
  const line = message.replace(/\s+/g, " ");
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

class Unusable extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Turns one document into a tree. Aliases share the tree of what they stand for, and are counted. */
class Converter {
  readonly #problems: FileProblems;
  readonly #anchors = new Map<string, { readonly node: Node; readonly size: number }>();
  #size = 0;
  #aliased = 0;
  #depth = 0;

  constructor(problems: FileProblems) {
    this.#problems = problems;
  }

  convert(contents: Parsed): Node | undefined {
    try {
      return this.#node(contents, 0);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      this.#problems.add(error.at, error.message);
      return undefined;
    }
  }

  /** @param place where it would be, for a value that is not there. */
  #node(parsed: Parsed | null, place: number): Node {
    if (parsed === null) return { kind: "scalar", value: null, at: place, source: "" };
    const at = parsed.range?.[0] ?? place;
    if (++this.#depth > deepest) throw new Unusable(at, `values are nested more than ${deepest} deep`);
    const before = this.#size++;
    const node = this.#one(parsed, at);
    if (parsed.anchor !== undefined) this.#anchors.set(parsed.anchor, { node, size: this.#size - before });
    this.#depth--;
    return node;
  }

  #one(parsed: Parsed, at: number): Node {
    if (Array.isArray(parsed.items)) {
      const items: readonly (Parsed | ParsedPair)[] = parsed.items;
      if (items.some(isPair) || isMapTag(parsed)) return this.#map(items.filter(isPair), at);
      return { kind: "list", at, items: items.map((item) => this.#node(item as Parsed, at)) };
    }
    // An alias is what has a source and no value.
    if (!("value" in parsed)) return this.#alias(String(parsed.source), at);
    const { value } = parsed;
    const source = typeof parsed.source === "string" ? parsed.source : String(value);
    if (value === null || typeof value === "string" || typeof value === "boolean") {
      return { kind: "scalar", value, at, source };
    }
    if (typeof value === "number" && Number.isFinite(value)) return { kind: "scalar", value, at, source };
    throw new Unusable(at, `${quoted(source)} is no value that JSON has: put it in quotes to mean the text`);
  }

  #alias(name: string, at: number): Node {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) {
      throw new Unusable(at, `the alias *${name} stands for nothing that is complete here`);
    }
    this.#size += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > mostAliased) {
      throw new Unusable(
        at,
        `the aliases of this file stand for more than ${mostAliased} values: write them out`,
      );
    }
    return anchored.node;
  }

  #map(pairs: readonly ParsedPair[], at: number): Node {
    const entries: Entry[] = [];
    const merged: Entry[] = [];
    const names = new Set<string>();
    for (const { key, value } of pairs) {
      const keyAt = key.range?.[0] ?? at;
      const node = this.#node(value, key.range?.[1] ?? keyAt);
      if (key.value === "<<" && key.type === "PLAIN") merged.push(...this.#mergedEntries(node, keyAt));
      else {
        const name = String(key.value);
        if (names.has(name)) {
          this.#problems.add(keyAt, `${quoted(name)} is there twice in one object: remove one`);
        } else entries.push({ key: name, at: keyAt, value: node });
        names.add(name);
      }
    }
    for (const entry of merged) {
      // What is written out goes before what is merged, and what is merged first before the rest.
      if (!names.has(entry.key)) entries.push(entry);
      names.add(entry.key);
    }
    return { kind: "map", at, entries };
  }

  #mergedEntries(node: Node, at: number): readonly Entry[] {
    if (node.kind === "map") return node.entries;
    if (node.kind === "list") return node.items.flatMap((item) => this.#mergedEntries(item, at));
    throw new Unusable(at, "<< merges objects: an alias such as *defaults must follow");
  }
}

function isPair(item: Parsed | ParsedPair): item is ParsedPair {
  return "key" in item;
}

/** An empty map has no pair that would tell it from a list. */
function isMapTag({ constructor }: Parsed): boolean {
  return "tagName" in constructor && constructor.tagName === "tag:yaml.org,2002:map";
}
