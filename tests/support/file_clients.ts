// What tests of clients whose flags come from files share: such clients, and waiting for what they tell.

import { fileSource } from "../../file/mod.ts";
import type { UpdateEvent } from "../../mod.ts";
import { FliptClient } from "../../mod.ts";

/** A boolean flag `a`, in YAML. */
export function yaml(enabled: boolean, key = "a"): string {
  return `flags:\n  - key: ${key}\n    name: A\n    type: BOOLEAN_FLAG_TYPE\n    enabled: ${enabled}\n`;
}

/** Whether the flag `a` is on. */
export function isOn(client: FliptClient): boolean {
  return client.evaluateBoolean("a", "user-1").enabled;
}

/** Settles as `promise` does. Watching keeps no process alive: the timer does, and ends a wait that is in vain. */
export async function soon<Value>(promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("nothing came within 10 s")), 10_000);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

/** Settles with the next update; an error that comes before fails the test. */
export function nextUpdate(client: FliptClient): Promise<UpdateEvent> {
  return soon(
    new Promise((resolve, reject) => {
      const stops = [
        client.on("update", (event) => settle(() => resolve(event))),
        client.on("error", (error) => settle(() => reject(error))),
      ];
      const settle = (done: () => void): void => {
        for (const stop of stops) stop();
        done();
      };
    }),
  );
}

/** Settles with the next error. */
export function nextError(client: FliptClient): Promise<Error> {
  return soon(
    new Promise((resolve) => {
      const stop = client.on("error", (error) => {
        stop();
        resolve(error);
      });
    }),
  );
}

/** A client that watches `paths`. */
export function watching(paths: string | readonly string[]): Promise<FliptClient> {
  return FliptClient.init({ source: fileSource(paths, { watch: true }), engine: "portable" });
}
