// Parses YAML into trees with offsets, one per document. The parser is npm's `yaml`, which is loaded on demand.

import { errorText, FliptError } from "../core/errors.ts";
import { ensureEnvironmentPermission } from "../ffi/permissions_deno.ts";
import { reasonOf } from "../src/sources/response_body.ts";
import { MAX_DEPTH } from "./json.ts";
import type { FileProblems } from "./problems.ts";
import { parseGoNumber, parseGoTime } from "./server_json.ts";
import { quoted } from "./tree.ts";
import type { Entry, Node, ScalarNode } from "./tree.ts";

/** How many values aliases may expand to: without a limit, a few lines can expand to billions. */
const MAX_ALIASED_VALUES = 100_000;

/** The part of the package `yaml` that is used. */
export interface YamlPackage {
  /** Parses a stream of documents. */
  parseAllDocuments(text: string, options: Readonly<Record<string, unknown>>): unknown;
}

/** The environment variables that the package reads while it parses, for its debug output. */
const YAML_VARIABLES = ["LOG_TOKENS", "LOG_STREAM"];

/**
 * Loads the package `yaml`.
 * @throws {FliptError} (rejects) when it is not installed, or Deno denies a permission that it needs.
 */
export async function yamlPackage(): Promise<YamlPackage> {
  await ensureEnvironmentPermission(YAML_VARIABLES).catch((cause: unknown) => {
    throw new FliptError(
      `the package yaml, which parses YAML, reads environment variables. ${reasonOf(cause)}; ` +
        "JSON files do not need it",
      { cause },
    );
  });
  try {
    return await import("yaml") as unknown as YamlPackage;
  } catch (cause) {
    throw new FliptError(
      "reading YAML needs the package yaml, which is not installed: deno add npm:yaml " +
        "(the npm package includes it); JSON files do not need it",
      { cause },
    );
  }
}

/** The part of the parser's nodes that is used. */
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

/** Parses YAML. Returns one tree per document, and adds errors as problems. */
export function readYaml(text: string, problems: FileProblems, { parseAllDocuments }: YamlPackage): Node[] {
  const options = {
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: "silent",
    // Takes quadratic time. The converter reports duplicate keys instead.
    uniqueKeys: false,
  };
  let documents: readonly ParsedDocument[];
  try {
    // Spread, since for a stream without documents the result is a list with additional members.
    documents = [...parseAllDocuments(text, options) as Iterable<ParsedDocument>];
  } catch (error) {
    problems.add(
      undefined,
      `cannot parse the YAML: ${errorText(error)}`,
    );
    return [];
  }
  const trees: Node[] = [];
  for (const { contents, errors, warnings } of documents) {
    for (const { message, code, pos } of [...errors, ...warnings]) {
      problems.add(
        pos[0] ?? 0,
        code === "TAB_AS_INDENT" ? TABS_MESSAGE : `not valid YAML: ${oneLine(message)}`,
      );
    }
    if (errors.length > 0 || contents === null) continue;
    const tree = new Converter(problems).convert(contents);
    if (tree !== undefined) trees.push(tree);
  }
  return trees;
}

const TABS_MESSAGE = "YAML cannot be indented with tabs: use spaces";

function oneLine(message: string): string {
  const line = message.replace(/\s+/g, " ");
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

class UnsupportedYaml extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Converts one document into a tree. An alias shares the tree of its anchor; the values it expands to are counted. */
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
      if (!(error instanceof UnsupportedYaml)) throw error;
      this.#problems.add(error.at, error.message);
      return undefined;
    }
  }

  /** @param place The offset of a value that is absent. */
  #node(parsed: Parsed | null, place: number): Node {
    if (parsed === null) return { kind: "scalar", value: null, at: place, source: "" };
    const at = parsed.range?.[0] ?? place;
    if (++this.#depth > MAX_DEPTH) {
      throw new UnsupportedYaml(at, `values are nested more than ${MAX_DEPTH} levels deep`);
    }
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
    // Only an alias has a source but no value.
    if (!("value" in parsed)) return this.#alias(String(parsed.source), at);
    const { value } = parsed;
    const source = typeof parsed.source === "string" ? parsed.source : String(value);
    if (
      parsed.type === "PLAIN" && parsed.tag === undefined &&
      (typeof value === "string" || typeof value === "number")
    ) {
      const scalar = plainScalar(source, value, at);
      if (scalar !== undefined) return scalar;
    } else if (isScalarValue(value)) return { kind: "scalar", value, at, source };
    throw new UnsupportedYaml(
      at,
      `${quoted(source)} is not a JSON value: put it in quotes to make it a string`,
    );
  }

  #alias(name: string, at: number): Node {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) {
      throw new UnsupportedYaml(at, `the anchor of the alias *${name} is missing or incomplete here`);
    }
    this.#size += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > MAX_ALIASED_VALUES) {
      throw new UnsupportedYaml(
        at,
        `the aliases of this file expand to more than ${MAX_ALIASED_VALUES} values: write them out`,
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
      if (key.value === "<<" && key.type === "PLAIN") {
        // Not spread into one call, which has a limit of arguments.
        for (const entry of this.#mergedEntries(node, keyAt)) merged.push(entry);
      } else {
        const name = String(key.value);
        if (names.has(name)) {
          this.#problems.add(keyAt, `${quoted(name)} occurs twice in one object: remove one`);
        } else entries.push({ key: name, at: keyAt, isString: isStringName(key, name), value: node });
        names.add(name);
      }
    }
    for (const entry of merged) {
      // Explicit members override merged ones, and earlier merged objects override later ones.
      if (!names.has(entry.key)) entries.push(entry);
      names.add(entry.key);
    }
    return { kind: "map", at, entries };
  }

  #mergedEntries(node: Node, at: number): readonly Entry[] {
    if (node.kind === "map") return node.entries;
    if (node.kind === "list") return node.items.flatMap((item) => this.#mergedEntries(item, at));
    throw new UnsupportedYaml(at, "<< merges objects: its value must be an alias such as *defaults");
  }
}

/** Reads an unquoted string or number as a server does. Returns `undefined` for infinity and NaN. */
function plainScalar(source: string, value: string | number, at: number): ScalarNode | undefined {
  const time = parseGoTime(source);
  if (time !== undefined) return { kind: "scalar", value: source, at, source, time };
  const number = parseGoNumber(source);
  if (number !== undefined) return { kind: "scalar", at, ...number };
  if (typeof value === "string") return { kind: "scalar", value, at, source };
  // A number beyond the range of doubles is a string.
  return /\d/.test(source) ? { kind: "scalar", value: source, at, source } : undefined;
}

function isScalarValue(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === "string" || typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value));
}

function isStringName(key: Parsed, name: string): boolean {
  return key.type !== "PLAIN" ||
    !(/^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|)$/.test(name) ||
      parseGoNumber(name) !== undefined || parseGoTime(name) !== undefined);
}

function isPair(item: Parsed | ParsedPair): item is ParsedPair {
  return "key" in item;
}

/** An empty map has no pairs to distinguish it from a list. */
function isMapTag({ constructor }: Parsed): boolean {
  return "tagName" in constructor && constructor.tagName === "tag:yaml.org,2002:map";
}
