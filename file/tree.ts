// The syntax tree of a file, the same for YAML and JSON. Each node has its offset.

/** A value in a file. */
export type Node = ScalarNode | ListNode | MapNode;

/** A string, number, boolean or null. */
export interface ScalarNode {
  /** The discriminant. */
  readonly kind: "scalar";
  /** The value. */
  readonly value: string | number | boolean | null;
  /** Its offset in the file. */
  readonly at: number;
  /** How it is written, which can differ from the value: `1.0` and not `1`. */
  readonly source: string;
  /** For an unquoted date or time in YAML, which is a string here: the string that a server makes of it. */
  readonly time?: string;
}

/** A list. */
export interface ListNode {
  /** The discriminant. */
  readonly kind: "list";
  /** The items. */
  readonly items: readonly Node[];
  /** Its offset in the file. */
  readonly at: number;
}

/** An object. */
export interface MapNode {
  /** The discriminant. */
  readonly kind: "map";
  /** The members, in order. */
  readonly entries: readonly Entry[];
  /** Its offset in the file. */
  readonly at: number;
}

/** A member of an object. */
export interface Entry {
  /** The name. */
  readonly key: string;
  /** The offset of the name in the file. */
  readonly at: number;
  /** Whether the name is a string. In YAML, an unquoted number, date, boolean or null is not. */
  readonly isString: boolean;
  /** The value. */
  readonly value: Node;
}

/** Returns what messages call a value, such as `the string "yes"` or `a list`. */
export function describeNode(node: Node): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "an object";
  if (node.value === null) return "empty";
  if (typeof node.value === "string") {
    return node.value === "" ? "an empty string" : `the string ${quoted(node.value)}`;
  }
  return `the ${typeof node.value} ${node.source}`;
}

/** Returns a string in quotes, truncated if it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
