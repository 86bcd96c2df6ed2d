// Navigates the syntax trees of files.

import type { Node } from "../../file/tree.ts";

/** Returns a member of an object, or `undefined` when there is none. The last of duplicate names counts. */
export function memberOf(node: Node | undefined, name: string): Node | undefined {
  return node?.kind === "map" ? node.entries.findLast(({ key }) => key === name)?.value : undefined;
}

/** Returns the items of a member that is a list. */
export function itemsOf(node: Node | undefined, name: string): readonly Node[] {
  const member = memberOf(node, name);
  return member?.kind === "list" ? member.items : [];
}

/** Returns the value of a member that is a string, or `undefined` for any other. */
export function textOf(node: Node | undefined, name: string): string | undefined {
  const member = memberOf(node, name);
  return member?.kind === "scalar" && typeof member.value === "string" ? member.value : undefined;
}
