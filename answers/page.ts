/**
 * The flags of a page that gets answers from its server: those that `answersScript` put into it, and the changes that
 * `answersHandler` sends. It is small and has neither an engine nor rules.
 *
 * @example
 * ```ts ignore
 * import { pageFlags } from "@flipt-ffi/client/answers/page";
 *
 * const flags = pageFlags({ url: "/flags" });
 * if (flags.isEnabled("dark-mode")) document.body.classList.add("dark");
 * flags.listen(() => document.body.classList.toggle("dark", flags.isEnabled("dark-mode")));
 * ```
 *
 * @module
 */

import { type Answer, type Answers, ELEMENT_ID } from "./answers.ts";

/** What is used of the page; absent where there is none. */
declare const document:
  | { getElementById(id: string): { readonly textContent: string | null } | null }
  | undefined;

/** Options of `pageFlags`. */
export interface PageFlagsOptions {
  /** The initial answers. @default those in the element of `answersScript` */
  readonly answers?: Answers | undefined;
  /** The id of that element. @default "flipt-answers" */
  readonly id?: string | undefined;
  /** The URL of the server's handler, for `refresh()` and `listen()`. @default none */
  readonly url?: string | undefined;
}

/** The flags of a page. None of its methods throws; for a flag without an answer they return the default. */
export interface PageFlags {
  /** The digest of the flag state that answered. */
  readonly digest: string | undefined;
  /** Returns whether a boolean flag is on. */
  isEnabled(flagKey: string, defaultValue?: boolean): boolean;
  /** Returns the key of a variant; `""` is the default. */
  variant(flagKey: string, defaultValue?: string): string;
  /** Returns the attachment of a variant. */
  value<Value>(flagKey: string, defaultValue: Value): Value;
  /** Fetches the answers again. Resolves to whether they changed; to `false` if they cannot be fetched. */
  refresh(): Promise<boolean>;
  /**
   * Calls `listener` whenever the answers have changed. With `url`, an event stream is open as long as there is a
   * listener, where there is `EventSource`: not on Node and Bun, where only `refresh()` brings changes.
   * @returns a function that removes the listener.
   */
  listen(listener: () => void): () => void;
}

/** Returns the flags of the page. */
export function pageFlags({ answers, id = ELEMENT_ID, url }: PageFlagsOptions = {}): PageFlags {
  let held = answers ??
    parsed(typeof document === "undefined" ? "" : document.getElementById(id)?.textContent) ?? { flags: {} };
  const listeners = new Set<() => void>();
  let events: EventSource | undefined;
  const answerOf = (flagKey: string): Answer | undefined =>
    Object.hasOwn(held.flags, flagKey) ? held.flags[flagKey] : undefined;
  const replace = (text: string): boolean => {
    const next = parsed(text);
    if (next === undefined || JSON.stringify(next) === JSON.stringify(held)) return false;
    held = next;
    for (const listener of [...listeners]) listener();
    return true;
  };
  return {
    get digest() {
      return held.digest;
    },
    isEnabled(flagKey, defaultValue = false) {
      const { value, variantKey } = answerOf(flagKey) ?? {};
      return typeof value === "boolean" && variantKey === undefined ? value : defaultValue;
    },
    variant(flagKey, defaultValue = "") {
      return answerOf(flagKey)?.variantKey ?? defaultValue;
    },
    value<Value>(flagKey: string, defaultValue: Value): Value {
      const answer = answerOf(flagKey);
      // Without an attachment, the value is the key of the variant, or of none.
      return typeof answer?.variantKey !== "string" || answer.value === answer.variantKey
        ? defaultValue
        : answer.value as Value;
    },
    async refresh() {
      if (url === undefined) return false;
      try {
        // The browser sends the ETag, and gives its copy for a 304.
        const response = await fetch(url, { cache: "no-cache", headers: { accept: "application/json" } });
        return response.ok && replace(await response.text());
      } catch {
        return false;
      }
    },
    listen(listener) {
      const registration = (): void => listener();
      listeners.add(registration);
      if (url !== undefined && events === undefined && typeof EventSource === "function") {
        try {
          events = new EventSource(url);
          events.onmessage = ({ data }) => void replace(String(data));
        } catch {
          // It is no URL, and refresh() brings nothing either.
        }
      }
      return () => {
        listeners.delete(registration);
        if (listeners.size > 0) return;
        events?.close();
        events = undefined;
      };
    },
  };
}

function parsed(text: string | null | undefined): Answers | undefined {
  try {
    const value = JSON.parse(text ?? "");
    return typeof value?.flags === "object" && value.flags !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
