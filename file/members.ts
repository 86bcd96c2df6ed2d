// Reads the members of an object that a file says, each of its type. Whatever is wrong is a problem, and reading goes on.

import { closestString } from "../core/closest_string.ts";
import type { FileProblems } from "./problems.ts";
import { nameOf, quoted } from "./tree.ts";
import type { MapNode, Node } from "./tree.ts";

/** What keys of namespaces, flags and segments are made of. */
const keyPattern = /^[-_,A-Za-z0-9]+$/;

/** A text, and where it is. */
export interface Placed {
  /** The text. */
  readonly text: string;
  /** Where it is. */
  readonly at: number;
}

/** The members of one object. */
export class Members {
  /** Where the object is. */
  readonly at: number;
  readonly #problems: FileProblems;
  readonly #what: string;
  readonly #values = new Map<string, { readonly value: Node; readonly at: number }>();

  /**
   * Reads an object.
   * @param what what messages call it, such as `a flag`.
   * @param known the names that its members can have; another one is a problem.
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

  /** Whether a member is there, and not empty. */
  has(name: string): boolean {
    return this.node(name) !== undefined;
  }

  /** A member as it is; `undefined` when it is absent or empty. */
  node(name: string): Node | undefined {
    const value = this.#values.get(name)?.value;
    return value === undefined || isEmpty(value) ? undefined : value;
  }

  /** Where the name of a member is, or else the object. */
  placeOf(name: string): number {
    return this.#values.get(name)?.at ?? this.at;
  }

  /** A text that may be absent. */
  text(name: string): string | undefined {
    return this.#text(name)?.text;
  }

  /** A text that has to be there, and not be empty. */
  requiredText(name: string): Placed | undefined {
    const node = this.node(name);
    if (node === undefined) {
      this.#problems.add(this.placeOf(name), `${this.#what} needs ${withArticle(name)}: add ${name}: …`);
      return undefined;
    }
    const placed = this.#text(name);
    if (placed === undefined || placed.text !== "") return placed;
    this.#problems.add(placed.at, `${name} of ${this.#what} cannot be empty`);
    return undefined;
  }

  /** The key of a namespace, flag or segment. */
  key(): Placed | undefined {
    const placed = this.requiredText("key");
    if (placed === undefined || keyPattern.test(placed.text)) return placed;
    this.#problems.add(placed.at, keyProblem(placed.text, this.#what));
    return undefined;
  }

  /** A text that is one of a few; the first of them where it is absent. */
  oneOf<Name extends string>(name: string, allowed: readonly [Name, ...Name[]]): Name {
    return this.requiredOneOf(name, allowed, allowed[0]) ?? allowed[0];
  }

  /** A text that is one of a few; `undefined`, or what stands for it, where it is absent or another. */
  requiredOneOf<Name extends string>(
    name: string,
    allowed: readonly Name[],
    otherwise?: Name,
  ): Name | undefined {
    if (!this.has(name) && otherwise !== undefined) return otherwise;
    const placed = this.requiredText(name);
    if (placed === undefined) return undefined;
    const found = allowed.find((each) => each === placed.text);
    if (found !== undefined) return found;
    const list = allowed.length === 2 ? allowed.join(" or ") : `one of ${allowed.join(", ")}`;
    this.#problems.add(
      placed.at,
      `${name} of ${this.#what} must be ${list}, not ${quoted(placed.text)}${meant(placed.text, allowed)}`,
    );
    return undefined;
  }

  /** Yes or no; no where it is absent. */
  truth(name: string): boolean {
    const node = this.node(name);
    if (node === undefined) return false;
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    this.#problems.add(node.at, `${name} of ${this.#what} must be true or false, not ${nameOf(node)}`);
    return false;
  }

  /** A percentage; `undefined` where there is none. */
  percentage(name: string): number | undefined {
    const node = this.node(name);
    if (node === undefined) {
      this.#problems.add(this.placeOf(name), `${this.#what} needs ${withArticle(name)}: add ${name}: 100`);
      return undefined;
    }
    if (node.kind !== "scalar" || typeof node.value !== "number") {
      this.#problems.add(node.at, `${name} of ${this.#what} must be a number, not ${nameOf(node)}`);
      return undefined;
    }
    if (node.value >= 0 && node.value <= 100) return node.value;
    this.#problems.add(node.at, `${name} of ${this.#what} must be from 0 to 100, not ${node.source}`);
    return undefined;
  }

  /** The members of a list; none where it is absent. */
  list(name: string): readonly Node[] {
    const node = this.node(name);
    if (node === undefined) return [];
    if (node.kind === "list") return node.items;
    this.#problems.add(node.at, `${name} of ${this.#what} must be a list, not ${nameOf(node)}`);
    return [];
  }

  /** The objects of a list; members that are none are problems. */
  objects(name: string, what: string, known: readonly string[]): Members[] {
    return this.list(name).flatMap((node) => {
      const members = membersOf(node, what, known, this.#problems);
      return members === undefined ? [] : [members];
    });
  }

  #text(name: string): Placed | undefined {
    const node = this.node(name);
    if (node === undefined) return undefined;
    return textOf(node, `${name} of ${this.#what}`, this.#problems);
  }
}

/** The members of a value; `undefined`, and a problem, when it is no object. */
export function membersOf(
  node: Node,
  what: string,
  known: readonly string[],
  problems: FileProblems,
): Members | undefined {
  if (node.kind === "map") return new Members(node, what, known, problems);
  problems.add(
    node.at,
    `${what} must be an object with ${known.slice(0, 2).join(", ")} and so on, not ${nameOf(node)}`,
  );
  return undefined;
}

/** A value that has to be a text. */
export function textOf(node: Node, what: string, problems: FileProblems): Placed | undefined {
  if (node.kind === "scalar" && typeof node.value === "string") {
    if (node.value.isWellFormed()) return { text: node.value, at: node.at };
    problems.add(node.at, `${what} has half of a surrogate pair in it`);
    return undefined;
  }
  problems.add(node.at, `${what} must be a text, not ${nameOf(node)}${inQuotes(node)}`);
  return undefined;
}

/** What is wrong with the key of a namespace, flag or segment. */
export function keyProblem(key: string, what: string): string {
  return `the key of ${what} can have letters, digits, hyphens, underscores and commas in it, not ${
    quoted(key)
  }`;
}

/** Whether a text can be the key of a namespace, flag or segment. */
export function isKey(text: string): boolean {
  return keyPattern.test(text);
}

/** `; did you mean "…"?`, where a name is near enough. */
export function meant(name: string, candidates: readonly string[]): string {
  const near = name.length > 200 ? undefined : closestString(name, candidates);
  return near === undefined ? "" : `; did you mean ${quoted(near)}?`;
}

function unknownName(key: string, what: string, known: readonly string[]): string {
  const near = meant(key, known);
  return `${what} has no ${quoted(key)}${near === "" ? `; it can have ${known.join(", ")}` : near}`;
}

function inQuotes(node: Node): string {
  return node.kind === "scalar" && node.value !== null ? `: put it in quotes, "${node.source}"` : "";
}

function withArticle(name: string): string {
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

function isEmpty(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}
