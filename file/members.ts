// Reads the members of an object and checks their types. Errors are collected as problems, and reading goes on.

import { closestString } from "../core/closest_string.ts";
import type { FileProblems } from "./problems.ts";
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

/** The members of one object. */
export class Members {
  /** The offset of the object in the file. */
  readonly at: number;
  readonly #problems: FileProblems;
  readonly #what: string;
  readonly #values = new Map<string, { readonly value: Node; readonly at: number }>();

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
      if (known.includes(key)) this.#values.set(key, { value, at });
      else problems.add(at, unknownName(key, what, known));
    }
  }

  /** Returns whether a member is present and not null. */
  has(name: string): boolean {
    return this.node(name) !== undefined;
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

  /** Returns a non-empty string. One that is absent is a problem. */
  requiredString(name: string): PlacedString | undefined {
    const node = this.node(name);
    if (node === undefined) {
      this.#problems.add(this.placeOf(name), `${this.#what} needs ${withArticle(name)}: add ${name}: …`);
      return undefined;
    }
    const placed = this.#string(name);
    if (placed === undefined || placed.value !== "") return placed;
    this.#problems.add(placed.at, `${name} of ${this.#what} cannot be empty`);
    return undefined;
  }

  /** Returns the key of a namespace, flag or segment. */
  key(): PlacedString | undefined {
    const placed = this.requiredString("key");
    if (placed === undefined || KEY.test(placed.value)) return placed;
    this.#problems.add(placed.at, keyProblem(placed.value, this.#what));
    return undefined;
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

  /** Returns a percentage, or `undefined` when it is invalid. One that is absent is a problem. */
  percentage(name: string): number | undefined {
    const node = this.node(name);
    if (node === undefined) {
      this.#problems.add(this.placeOf(name), `${this.#what} needs ${withArticle(name)}: add ${name}: 100`);
      return undefined;
    }
    if (node.kind !== "scalar" || typeof node.value !== "number") {
      this.#problems.add(node.at, `${name} of ${this.#what} must be a number, not ${describeNode(node)}`);
      return undefined;
    }
    if (node.value >= 0 && node.value <= 100) return node.value;
    this.#problems.add(node.at, `${name} of ${this.#what} must be from 0 to 100, not ${node.source}`);
    return undefined;
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

/** Returns `; did you mean "…"?` if a candidate is similar, or else an empty string. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const closest = name.length > 200 ? undefined : closestString(name, candidates);
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
