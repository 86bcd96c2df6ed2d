// The floor of evaluations: what a programmer would write for these very flags, in the place of any product. It gives the
// same answers as a Flipt client: the same members, hashed alike.

import type { Condition, VariantFlag } from "../flags.ts";
import { OFF } from "../flags.ts";

/** Evaluates one flag. */
type Evaluate = (flagKey: string, entityId: string, context: object) => unknown;

/** Returns a function that evaluates the flags. */
export function byHand(flags: readonly VariantFlag[]): Evaluate {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1) * 0xedb88320;
    return crc;
  });
  const source = `
    let millis = 0;
    let text = "";
    function timestamp() {
      const now = Date.now();
      if (now !== millis) {
        millis = now;
        text = new Date(now).toISOString();
      }
      return text;
    }
    function bucket(key, entityId) {
      let crc = -1;
      for (let i = 0; i < key.length; i++) crc = table[(crc ^ key.charCodeAt(i)) & 255] ^ crc >>> 8;
      for (let i = 0; i < entityId.length; i++) crc = table[(crc ^ entityId.charCodeAt(i)) & 255] ^ crc >>> 8;
      return (~crc >>> 0) % 1000;
    }
    function answer(flagKey, match, reason, variantKey, segmentKeys) {
      return {
        flagKey, match, reason, variantKey, variantAttachment: undefined, segmentKeys,
        requestDurationMillis: 0, timestamp: timestamp(),
      };
    }
    const flags = new Map([${flags.map(flagEntry).join(",\n")}]);
    return (flagKey, entityId, context) => flags.get(flagKey)(entityId, context);`;
  return new Function("table", source)(table) as Evaluate;
}

function flagEntry({ key, rules }: VariantFlag): string {
  const name = JSON.stringify(key);
  const branches = rules.map(({ conditions, variants }, index) => {
    const [first = "", second = first] = variants.map((variant) => JSON.stringify(variant));
    const variant = first === second ? first : `bucket(${name}, entityId) < 500 ? ${first} : ${second}`;
    const segment = JSON.stringify(`${key}-segment-${index + 1}`);
    return `if (${conditions.map(test).join(" && ")}) {
      return answer(${name}, true, "MATCH_EVALUATION_REASON", ${variant}, [${segment}]);
    }`;
  });
  return `[${name}, (entityId, context) => {
    ${branches.join("\n")}
    return answer(${name}, false, "DEFAULT_EVALUATION_REASON", "${OFF}", []);
  }]`;
}

function test({ property, value, isPrefix }: Condition): string {
  const read = `context.${property}`;
  if (typeof value === "number") return `Number(${read}) > ${value}`;
  if (typeof value !== "string") {
    return `(${[...new Set(value)].map((each) => `${read} === ${JSON.stringify(each)}`).join(" || ")})`;
  }
  return isPrefix ? `${read}?.startsWith(${JSON.stringify(value)})` : `${read} === ${JSON.stringify(value)}`;
}
