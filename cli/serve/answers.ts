// What the page of `serve` asks its server: all flags with their answers, and the explanation of one.

import type { FlagDocument } from "../../engines/document.ts";
import type { CompiledState } from "../../engines/engine.ts";
import { portableEngine } from "../../engines/portable/mod.ts";
import { explain } from "../../src/evaluation/explain/explain.ts";
import type { Explanation } from "../../src/evaluation/explain/explanation.ts";
import { explanationText } from "../../src/evaluation/explain/text.ts";
import { PAGE } from "./page.ts";

/** A response of the page's server. */
export interface PageAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** Its headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its body. */
  readonly body: string;
}

/** What is evaluated, as the page asks for it. */
interface PageRequest {
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
}

// Nothing but what the page itself holds, and what it asks this server: also where a flag's text is hostile.
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:";

/** The flags that a page shows, and its answers. */
export class PageAnswers {
  readonly #states = new Map<string, { readonly document: FlagDocument; readonly state: CompiledState }>();
  // Another one after a restart, so that a page that was left open loads everything again.
  readonly #start = Date.now().toString(36);
  #changes = 0;

  /** Takes over the documents that are served now, by namespace. */
  async replace(documents: ReadonlyMap<string, FlagDocument>): Promise<void> {
    for (const namespace of [...this.#states.keys()]) {
      if (!documents.has(namespace)) this.#states.delete(namespace);
    }
    for (const [namespace, document] of documents) {
      const known = this.#states.get(namespace)?.document.digest;
      if (known !== undefined && known === document.digest) continue;
      const compilation = portableEngine().compile("document", namespace);
      compilation.write(new TextEncoder().encode(JSON.stringify(document)));
      this.#states.set(namespace, { document, state: await compilation.finish() });
    }
    this.#changes++;
  }

  /** Returns the response to a request of the page, or `undefined` for a request that is not the page's. */
  answer(method: string, path: string): PageAnswer | undefined {
    if (method !== "GET") return undefined;
    const { pathname, searchParams } = new URL(path, "http://localhost");
    switch (pathname) {
      case "/":
        return response(200, "text/html", PAGE);
      case "/page/flags":
        return this.#flags(searchParams);
      case "/page/explanation":
        return this.#explanation(searchParams);
      default:
        return undefined;
    }
  }

  #flags(query: URLSearchParams): PageAnswer {
    const version = `${this.#start}-${this.#changes}`;
    if (query.get("since") === version) return response(204, "text/plain", "");
    const request = requestOf(query);
    const namespaces = [...this.#states].map(([key, { state }]) => ({
      key,
      flags: state.listFlags().sort((a, b) => a.key < b.key ? -1 : 1).map((flag) => {
        const { type, why, result } = explanationOf(state, key, flag.key, request);
        const answer = "enabled" in result ? (result.enabled ? "on" : "off") : result.variantKey;
        return { key: flag.key, type, answer, why };
      }),
    }));
    return response(200, "application/json", JSON.stringify({ version, namespaces }));
  }

  #explanation(query: URLSearchParams): PageAnswer {
    const [namespace = "", flagKey = ""] = [query.get("namespace") ?? "", query.get("flag") ?? ""];
    const state = this.#states.get(namespace)?.state;
    if (state === undefined || !state.listFlags().some(({ key }) => key === flagKey)) {
      return response(404, "text/plain", `there is no flag ${namespace}/${flagKey} any more`);
    }
    const text = explanationText(explanationOf(state, namespace, flagKey, requestOf(query)));
    return response(200, "text/plain", text);
  }
}

/** The entity and the context: each `c` of the query is a property, `key=value`. */
function requestOf(query: URLSearchParams): PageRequest {
  const pairs = query.getAll("c").map((pair): [string, string] => {
    const at = pair.indexOf("=");
    return at < 0 ? [pair, ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  return {
    entityId: query.get("entity")?.trim() || "user-1",
    context: Object.assign(Object.create(null), Object.fromEntries(pairs)),
  };
}

function explanationOf(
  state: CompiledState,
  namespace: string,
  flagKey: string,
  request: PageRequest,
): Explanation {
  const isVariant = state.evaluate(flagKey, "", {})?.type === "VARIANT_EVALUATION_RESPONSE_TYPE";
  return explain(state, namespace, { type: isVariant ? "variant" : "boolean", flagKey, ...request });
}

function response(status: number, type: string, body: string): PageAnswer {
  return {
    status,
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": POLICY,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body,
  };
}
