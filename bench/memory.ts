// The protocol between the process of W10 and its Workers.

import type { FliptSubject } from "./subjects/subject.ts";
import type { AnyFliptClient } from "./subjects/flipt.ts";

/** A command for a Worker, which responds to each with a message. */
export type WorkerCommand =
  | { readonly kind: "start"; readonly subject: FliptSubject }
  | { readonly kind: "load"; readonly subject: FliptSubject; readonly path: string }
  | { readonly kind: "attach"; readonly handle: unknown }
  | { readonly kind: "collect" };

/** The class of a client that Workers can attach to. */
export interface Shared {
  /** Attaches a client in this thread to the state of another thread's client. */
  attach(handle: unknown): AnyFliptClient | Promise<AnyFliptClient>;
}

/** A client that Workers can attach to. */
export interface Sharing {
  /** Returns the handle to send to a Worker. */
  share(): unknown;
}

/** Runs the garbage collector of this thread, if the runtime exposes it. */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  if (Bun === undefined) gc?.();
  else Bun.gc(true);
}
