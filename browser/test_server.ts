// Replaces testing/server.ts where nothing can listen, so that tests of components can import what is beside it.

import { FliptError } from "../core/errors.ts";

/** A server that cannot be started. */
export class FliptTestServer {
  /**
   * Always rejects.
   * @throws {FliptError} (rejects) always.
   */
  static start(): Promise<never> {
    return Promise.reject(
      new FliptError(
        "a page cannot start a server: use testFlags(), or start one outside of it (flipt-ffi serve)",
      ),
    );
  }
}
