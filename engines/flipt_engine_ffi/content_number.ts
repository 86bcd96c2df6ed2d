// The content of a flag as one number, which takes less room than the flag.

import type { FlagDocument } from "../document.ts";
import { contentOf } from "../flag_content.ts";

/** A number for the content of each flag of `namespace`. */
export function contentNumbers(document: FlagDocument, namespace: string): Map<string, number> {
  const flags = document.namespace.key === namespace ? document.flags : [];
  return new Map(flags.map((flag) => [flag.key, numberOf(contentOf(flag))]));
}

/** The same for two texts that differ by a chance of one in 2 to the 53rd. No protection against intent. */
function numberOf(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  const first = mixed(a, b);
  return (mixed(b, first) & 0x1fffff) * 0x1_0000_0000 + (first >>> 0);
}

function mixed(first: number, second: number): number {
  return Math.imul(first ^ (first >>> 16), 0x85ebca6b) ^ Math.imul(second ^ (second >>> 13), 0xc2b2ae35);
}
