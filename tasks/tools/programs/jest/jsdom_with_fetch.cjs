// jsdom has no fetch: that of Node is given to the tests.
const { TestEnvironment } = require("jest-environment-jsdom");

const { fetch, Headers, Request, Response, AbortController, AbortSignal, TextEncoder, TextDecoder } = globalThis;

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    const missing = { fetch, Headers, Request, Response, AbortController, AbortSignal, TextEncoder, TextDecoder };
    Object.assign(this.global, missing);
  }
};
