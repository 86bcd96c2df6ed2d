// Parses JSON into a tree with offsets, which `JSON.parse` does not report. Also reports duplicate names.

import type { FileProblems } from "./problems.ts";
import { quoted } from "./tree.ts";
import type { Entry, MapNode, Node } from "./tree.ts";

/** How deep values may be nested, in JSON and YAML. */
export const MAX_DEPTH = 100;

/** Parses JSON. Returns `undefined` and adds a problem when it is invalid. */
export function readJson(text: string, problems: FileProblems): Node | undefined {
  try {
    return new JsonReader(text, problems).read();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    problems.add(error.at, error.message);
    return undefined;
  }
}

class JsonSyntaxError extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const WHITESPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const KEYWORD = /true|false|null/y;

class JsonReader {
  readonly #text: string;
  readonly #problems: FileProblems;
  #at = 0;
  #depth = 0;

  constructor(text: string, problems: FileProblems) {
    this.#text = text;
    this.#problems = problems;
  }

  read(): Node {
    const node = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) this.#fail("unexpected text after the JSON value");
    return node;
  }

  #value(): Node {
    this.#skip();
    if (++this.#depth > MAX_DEPTH) this.#fail(`values are nested more than ${MAX_DEPTH} levels deep`);
    const node = this.#one();
    this.#depth--;
    return node;
  }

  #one(): Node {
    const at = this.#at;
    const first = this.#text[at];
    if (first === "{") return this.#map(at);
    if (first === "[") return this.#list(at);
    if (first === '"') return { kind: "scalar", at, value: this.#string(), source: "" };
    const source = this.#match(KEYWORD) ?? this.#match(NUMBER);
    return { kind: "scalar", at, ...this.#scalar(source) };
  }

  #map(at: number): MapNode {
    const entries: Entry[] = [];
    const names = new Set<string>();
    this.#at++;
    if (this.#has("}")) return { kind: "map", at, entries };
    do {
      this.#skip();
      const nameAt = this.#at;
      if (this.#text[nameAt] !== '"') this.#fail(`expected a name in double quotes${this.#commaHint()}`);
      const name = this.#string();
      if (names.has(name)) {
        this.#problems.add(nameAt, `${quoted(name)} occurs twice in one object: remove one`);
      }
      names.add(name);
      if (!this.#has(":")) this.#fail(`expected a colon after the name ${quoted(name)}`);
      entries.push({ key: name, at: nameAt, isString: true, value: this.#value() });
    } while (this.#has(","));
    if (!this.#has("}")) this.#fail("expected a comma or }");
    return { kind: "map", at, entries };
  }

  #list(at: number): Node {
    const items: Node[] = [];
    this.#at++;
    if (this.#has("]")) return { kind: "list", at, items };
    do items.push(this.#value()); while (this.#has(","));
    if (!this.#has("]")) this.#fail("expected a comma or ]");
    return { kind: "list", at, items };
  }

  #scalar(source: string | undefined): { value: string | number | boolean | null; source: string } {
    if (source === undefined) this.#fail(`expected a value${this.#commaHint()}`);
    // A server parses each number in JSON as a float, including a signed zero.
    return { value: JSON.parse(source), source: source === "-0" ? "-0.0" : source };
  }

  /** Scans by hand: a regular expression can overflow the stack on a long string. */
  #string(): string {
    const at = this.#at;
    let end = at + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    try {
      const value = String(JSON.parse(this.#text.slice(at, end + 1)));
      this.#at = end + 1;
      return value;
    } catch {
      throw new JsonSyntaxError(
        at,
        "not JSON: a string without its closing quote, or with a line break or an invalid escape",
      );
    }
  }

  #commaHint(): string {
    return /[\]}]/.test(this.#text[this.#at] ?? "") ? ": remove the comma before" : "";
  }

  #skip(): void {
    this.#match(WHITESPACE);
  }

  #has(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(message: string): never {
    const isEnd = this.#at >= this.#text.length;
    throw new JsonSyntaxError(
      this.#at,
      isEnd ? `the JSON is incomplete: ${message}` : `not JSON: ${message}`,
    );
  }
}
