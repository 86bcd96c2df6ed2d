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

/** Returns the value as JSON with sorted members, as a server writes attachments. */
export function jsonOf(node: Node): string {
  switch (node.kind) {
    case "scalar":
      return JSON.stringify(node.value);
    case "list":
      return `[${node.items.map(jsonOf).join(",")}]`;
    case "map": {
      const members = [...node.entries].sort((a, b) => compareCodePoints(a.key, b.key));
      return `{${members.map(({ key, value }) => `${JSON.stringify(key)}:${jsonOf(value)}`).join(",")}}`;
    }
  }
}

/** Compares by code points, which is the order of UTF-8 bytes but not of UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
