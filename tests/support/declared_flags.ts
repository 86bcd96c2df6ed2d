// Flags whose types tests declare.

import type { FlagWithVariants } from "../../cli/type_declarations.ts";
import type { FlagDocument } from "../../engines/document.ts";
import { shopDocument } from "./runtime.ts";

/** The options of a declaration of the shop. */
export const SHOP: { readonly namespace: string } = { namespace: "shop" };

/** The flags of the shop. */
export function shop(): FlagDocument {
  return shopDocument() as unknown as FlagDocument;
}

/** Flags whose names and descriptions would leave their places. */
export const ODD: readonly FlagWithVariants[] = [
  { key: 'it\'s "quoted"', type: "BOOLEAN_FLAG_TYPE", description: "ends */ here", variants: [] },
  { key: "__proto__", type: "VARIANT_FLAG_TYPE", variants: ["b\n", "a\\", "b\n"] },
  {
    key: "\u2028",
    type: "BOOLEAN_FLAG_TYPE",
    description: "\u202e@see\n\n@deprecated {@link x}\t",
    variants: [],
  },
  { key: "constructor", type: "BOOLEAN_FLAG_TYPE", description: " \n ", variants: ["never shown"] },
];
