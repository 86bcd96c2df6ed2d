// Finds its way through the trees of files.

import type { Node } from "../../file/tree.ts";

/** A member of an object; `undefined` where there is none. The last of several counts. */
export function memberOf(node: Node | undefined, name: string): Node | undefined {
  return node?.kind === "map" ? node.entries.findLast(({ key }) => key === name)?.value : undefined;
}

/** The elements of a list that is a member. */
export function itemsOf(node: Node | undefined, name: string): readonly Node[] {
  const member = memberOf(node, name);
  return member?.kind === "list" ? member.items : [];
}

/** The text of a member, and of nothing else. */
export function textOf(node: Node | undefined, name: string): string | undefined {
  const member = memberOf(node, name);
  return member?.kind === "scalar" && typeof member.value === "string" ? member.value : undefined;
}
