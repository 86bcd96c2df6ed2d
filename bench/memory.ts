// What the process of W10 and its Workers have in common.

import type { FliptSubject } from "./subjects/subject.ts";
import type { AnyFliptClient } from "./subjects/flipt.ts";

/** What a Worker is told to do; it answers each order with a message. */
export type Order =
  | { readonly kind: "start"; readonly subject: FliptSubject }
  | { readonly kind: "load"; readonly subject: FliptSubject; readonly path: string }
  | { readonly kind: "attach"; readonly handle: unknown }
  | { readonly kind: "collect" };

/** The class of a client that Workers can attach to. */
export interface Shared {
  /** A client in this thread that answers from the state of another thread's client. */
  attach(handle: unknown): AnyFliptClient | Promise<AnyFliptClient>;
}

/** A client that Workers can attach to. */
export interface Sharing {
  /** What a Worker is sent. */
  share(): unknown;
}

/** Collects the garbage of this thread, where the runtime lets it. */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  if (Bun === undefined) gc?.();
  else Bun.gc(true);
}
