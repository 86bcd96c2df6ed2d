// Reads the members of an object and checks their types. Errors are collected as problems, and reading goes on.

import { closestString } from "../core/closest_string.ts";
import type { FileProblems } from "./problems.ts";
import { integerOf } from "./server_json.ts";
import { describeNode, quoted } from "./tree.ts";
import type { MapNode, Node } from "./tree.ts";

/** The keys of namespaces, flags and segments. */
const KEY = /^[-_,A-Za-z0-9]+$/;

/** A string and its place. */
export interface PlacedString {
  /** The string. */
  readonly value: string;
  /** Its offset in the file. */
  readonly at: number;
}

/** A number and its place. */
export interface PlacedNumber {
  /** The number. */
  readonly value: number;
  /** How it is written. */
  readonly source: string;
  /** Its offset in the file. */
  readonly at: number;
}

/** The members that may be null. */
const NULLABLE_MEMBERS: ReadonlySet<string> = new Set(["description", "attachment"]);

/** The members of one object. */
export class Members {
  /** The offset of the object in the file. */
  readonly at: number;
  readonly #problems: FileProblems;
  readonly #what: string;
  readonly #values = new Map<string, { readonly value: Node; readonly at: number }>();
  /** The members that are null where that is a problem. */
  readonly #nulls = new Set<string>();

  /**
   * Reads an object.
   * @param what What messages call it, such as `a flag`.
   * @param known The allowed member names. Any other is a problem.
   */
  constructor(node: MapNode, what: string, known: readonly string[], problems: FileProblems) {
    this.at = node.at;
    this.#problems = problems;
    this.#what = what;
    for (const { key, at, value } of node.entries) {
      if (!known.includes(key)) {
        problems.add(at, unknownName(key, what, known));
        continue;
      }
      this.#values.set(key, { value, at });
      if (!isNull(value) || NULLABLE_MEMBERS.has(key)) continue;
      this.#nulls.add(key);
      problems.add(at, `${key} of ${what} cannot be null: add a value, or remove the line`);
    }
  }

  /** Returns whether a member is present and not null. */
  has(name: string): boolean {
    return this.node(name) !== undefined;
  }

  /** Returns whether a member is present, even if it is null. */
  isPresent(name: string): boolean {
    return this.#values.has(name);
  }

  /** Returns a member, or `undefined` when it is absent or null. */
  node(name: string): Node | undefined {
    const value = this.#values.get(name)?.value;
    return value === undefined || isNull(value) ? undefined : value;
  }

  /** Returns the offset of a member's name or, if it is absent, of the object. */
  placeOf(name: string): number {
    return this.#values.get(name)?.at ?? this.at;
  }

  /** Returns a string, or `undefined` when it is absent or invalid. */
  string(name: string): string | undefined {
    return this.#string(name)?.value;
  }

  /** Returns a non-empty string on one line. One that is absent is a problem. */
  requiredString(name: string): PlacedString | undefined {
    if (this.has(name)) return this.line(name);
    this.#addMissing(name, "…");
    return undefined;
  }

  /** Returns a non-empty string on one line, or `undefined` when it is absent or invalid. */
  line(name: string): PlacedString | undefined {
    const placed = this.#string(name);
    if (placed === undefined || (placed.value !== "" && !placed.value.includes("\n"))) return placed;
    const reason = placed.value === ""
      ? "cannot be empty"
      : "cannot contain a line break: write it on one line";
    this.#problems.add(placed.at, `${name} of ${this.#what} ${reason}`);
    return undefined;
  }

  /** Returns the key of a namespace, flag or segment. */
  key(): PlacedString | undefined {
    return this.#key("key", this.#what);
  }

  /** Returns a member that names a segment by its key. */
  segmentKey(name: string): PlacedString | undefined {
    return this.#key(name, "a segment");
  }

  /** Returns one of the allowed strings; the first when the member is absent or invalid. */
  oneOf<Name extends string>(name: string, allowed: readonly [Name, ...Name[]]): Name {
    return this.requiredOneOf(name, allowed, allowed[0]) ?? allowed[0];
  }

  /** Returns one of the allowed strings, or `undefined` when it is invalid. Without a default, absence is a problem. */
  requiredOneOf<Name extends string>(
    name: string,
    allowed: readonly Name[],
    byDefault?: Name,
  ): Name | undefined {
    if (!this.has(name) && byDefault !== undefined) return byDefault;
    const placed = this.requiredString(name);
    if (placed === undefined) return undefined;
    const found = allowed.find((each) => each === placed.value);
    if (found !== undefined) return found;
    const list = allowed.length === 2 ? allowed.join(" or ") : `one of ${allowed.join(", ")}`;
    this.#problems.add(
      placed.at,
      `${name} of ${this.#what} must be ${list}, not ${quoted(placed.value)}${
        suggestion(placed.value, allowed)
      }`,
    );
    return undefined;
  }

  /** Returns a boolean; `false` when it is absent or invalid. */
  boolean(name: string): boolean {
    const node = this.node(name);
    if (node === undefined) return false;
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    this.#problems.add(node.at, `${name} of ${this.#what} must be true or false, not ${describeNode(node)}`);
    return false;
  }

  /** Returns a number, or `undefined` when it is invalid. One that is absent is a problem. */
  requiredNumber(name: string): PlacedNumber | undefined {
    const node = this.node(name);
    if (node === undefined) {
      this.#addMissing(name, "100");
      return undefined;
    }
    if (node.kind === "scalar" && typeof node.value === "number") {
      return { value: node.value, source: node.source, at: node.at };
    }
    this.#problems.add(node.at, `${name} of ${this.#what} must be a number, not ${describeNode(node)}`);
    return undefined;
  }

  /** Checks a rank, which has no meaning in a file but must be a whole number. */
  checkRank(name: string): void {
    const node = this.node(name);
    if (node === undefined) return;
    if (node.kind === "scalar" && typeof node.value === "number" && (integerOf(node) ?? -1n) >= 0n) return;
    this.#problems.add(
      node.at,
      `${name} of ${this.#what} must be a whole number of at least 0, not ${describeNode(node)}`,
    );
  }

  /** Returns the items of a list; none when it is absent or invalid. */
  list(name: string): readonly Node[] {
    const node = this.node(name);
    if (node === undefined) return [];
    if (node.kind === "list") return node.items;
    this.#problems.add(node.at, `${name} of ${this.#what} must be a list, not ${describeNode(node)}`);
    return [];
  }

  /** Returns the objects of a list. Other items are problems. */
  objects(name: string, what: string, known: readonly string[]): Members[] {
    return this.list(name).flatMap((node) => {
      const members = membersOf(node, what, known, this.#problems);
      return members === undefined ? [] : [members];
    });
  }

  #key(name: string, what: string): PlacedString | undefined {
    const placed = this.requiredString(name);
    if (placed === undefined || KEY.test(placed.value)) return placed;
    this.#problems.add(placed.at, keyProblem(placed.value, what));
    return undefined;
  }

  #addMissing(name: string, example: string): void {
    // A null member is a problem already.
    if (this.#nulls.has(name)) return;
    this.#problems.add(
      this.placeOf(name),
      `${this.#what} needs ${withArticle(name)}: add ${name}: ${example}`,
    );
  }

  #string(name: string): PlacedString | undefined {
    const node = this.node(name);
    if (node === undefined) return undefined;
    return stringOf(node, `${name} of ${this.#what}`, this.#problems);
  }
}

/** Returns the members of an object. For any other value adds a problem and returns `undefined`. */
export function membersOf(
  node: Node,
  what: string,
  known: readonly string[],
  problems: FileProblems,
): Members | undefined {
  if (node.kind === "map") return new Members(node, what, known, problems);
  problems.add(
    node.at,
    `${what} must be an object with ${known.slice(0, 2).join(", ")} and so on, not ${describeNode(node)}`,
  );
  return undefined;
}

/** Returns a string. For any other value adds a problem and returns `undefined`. */
export function stringOf(node: Node, what: string, problems: FileProblems): PlacedString | undefined {
  if (node.kind === "scalar" && typeof node.value === "string") {
    if (node.value.isWellFormed()) return { value: node.value, at: node.at };
    problems.add(node.at, `${what} contains a lone surrogate`);
    return undefined;
  }
  problems.add(node.at, `${what} must be a string, not ${describeNode(node)}${quotesHint(node)}`);
  return undefined;
}

/** Returns the message for an invalid key of a namespace, flag or segment. */
export function keyProblem(key: string, what: string): string {
  return `the key of ${what} can contain letters, digits, hyphens, underscores and commas, not ${
    quoted(key)
  }`;
}

/** Returns whether a string is a valid key of a namespace, flag or segment. */
export function isKey(value: string): boolean {
  return KEY.test(value);
}

/** The length of a name, and the number of candidates, up to which a similar name is searched. */
const MAX_NAME_LENGTH = 100;
const MAX_CANDIDATES = 1_000;

/** Returns `; did you mean "…"?` if a candidate is similar, or else an empty string. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const maxLength = name.length + Math.max(2, Math.floor(name.length / 3));
  const closest = name.length > MAX_NAME_LENGTH || candidates.length > MAX_CANDIDATES
    ? undefined
    : closestString(name, candidates.filter(({ length }) => length <= maxLength));
  return closest === undefined ? "" : `; did you mean ${quoted(closest)}?`;
}

function unknownName(key: string, what: string, known: readonly string[]): string {
  const hint = suggestion(key, known) || `; it can have ${known.join(", ")}`;
  return `${what} has no ${quoted(key)}${hint}`;
}

function quotesHint(node: Node): string {
  return node.kind === "scalar" && node.value !== null ? `: put it in quotes, "${node.source}"` : "";
}

function withArticle(name: string): string {
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}
