// Answers of a client as the scope of a request gives them, for tests of what pages are given.

import type { Answer, AnsweringClient, Answers } from "../../answers/mod.ts";
import type { FliptClient } from "../../mod.ts";

/** A client whose scopes answer all flags. */
export function answering(client: FliptClient): AnsweringClient {
  return {
    for: (entityId, context = {}) => ({
      evaluateAll: ({ keys } = {}): Answers => {
        const known = new Map(client.listFlags().map(({ key, type }) => [key, type]));
        const answers = (keys ?? [...known.keys()]).flatMap((key): [string, Answer][] => {
          const type = known.get(key);
          if (type === undefined) return [];
          if (type === "BOOLEAN_FLAG_TYPE") {
            const { enabled, reason } = client.evaluateBoolean(key, entityId, context);
            return [[key, { value: enabled, reason }]];
          }
          const { variantKey, variantAttachment, reason } = client.evaluateVariant(key, entityId, context);
          if (variantKey === "") return [[key, { value: "", reason }]];
          const attachment: unknown = JSON.parse(variantAttachment || "null");
          return [[key, { value: attachment ?? variantKey, variantKey, reason }]];
        });
        return { digest: client.status.digest, flags: Object.fromEntries(answers) };
      },
    }),
    get status() {
      return client.status;
    },
    on: (event, listener) => client.on(event, listener),
  };
}
