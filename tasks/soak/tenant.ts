// One client after the other, all with the same options, whose every answer is judged.

import type { ClientOptions, FliptClient } from "../../mod.ts";
import { EvaluationError, FliptError } from "../../mod.ts";
import type { Clock } from "../../core/clock.ts";
import { chooseEngine } from "../../engines/choice.ts";
import { initClient } from "../../src/client.ts";
import type { Documents } from "./documents.ts";

/** What is counted. */
export class Counts {
  evaluations = 0;
  /** Batches that were refused under `"strict"`. */
  refused = 0;
  swaps = 0;
  started = 0;
  /** Clients that could not be started. */
  rejected = 0;
  unhandled = 0;
  wrong = 0;
  /** Answers of documents that the judge did not know yet. */
  ahead = 0;
  /** The number of the newest document that answered. */
  newest = 0;

  /** Counts a wrong answer, and prints it. */
  addWrong(what: string): void {
    if (this.wrong++ < 10) console.error(`WRONG: ${what}`);
  }
}

/** One client after the other. */
export class Tenant {
  /** What sets it apart from the others. */
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #documents: Documents;
  readonly #clock: Clock;
  readonly #counts: Counts;
  #client: FliptClient | undefined;
  #newest = -1;
  #isNewestPushed = false;

  /** Without a client so far. */
  constructor(name: string, options: ClientOptions, documents: Documents, clock: Clock, counts: Counts) {
    this.name = name;
    this.#options = options;
    this.#documents = documents;
    this.#clock = clock;
    this.#counts = counts;
  }

  /** The number of the newest document that the client has answered by; -1 when by none. */
  get newest(): number {
    return this.#newest;
  }

  /** Ends the client, if there is one, and starts the next. */
  async restart(): Promise<void> {
    await this.end();
    this.#counts.started++;
    try {
      const client = await initClient(this.#options, { clock: this.#clock, chooseEngine });
      client.on("update", () => this.#counts.swaps++);
      // Trouble is what this is about.
      client.on("error", (error) => this.#judgeError(error));
      this.#newest = -1;
      this.#client = client;
    } catch (error) {
      if (!(error instanceof FliptError)) this.#wrong(`init rejected with ${error}`);
      this.#counts.rejected++;
    }
  }

  /** Ends the client. */
  async end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.[Symbol.asyncDispose]();
  }

  /** Starts a client where none could be started. */
  async revive(): Promise<void> {
    if (this.#client === undefined) await this.restart();
  }

  /** Asks the client, and judges what it answers. */
  evaluate(): void {
    const client = this.#client;
    if (client === undefined) return;
    try {
      const judgement = this.#documents.judge((requests) => {
        this.#counts.evaluations += requests.length;
        return client.evaluateBatch(requests);
      });
      if (judgement.kind === "wrong") return this.#wrong(judgement.reason);
      if (judgement.kind === "empty") {
        if (this.#newest >= 0) this.#wrong(`no flags any more, after document ${this.#newest}`);
        return;
      }
      const { kind, number } = judgement;
      this.#counts.newest = Math.max(this.#counts.newest, number);
      if (kind === "ahead") {
        this.#counts.ahead++;
        return;
      }
      // What a store has can be newer than what the server gives in its first moment to those who ask.
      if (client.status.lastSuccess === undefined) return;
      // A push that began to arrive before a fetch was made may replace what that brought, until the stream is found dead.
      const mayGoBack = this.#options.fetchMode === "streaming" && !this.#isNewestPushed;
      if (number < this.#newest && !mayGoBack) {
        this.#wrong(`document ${number} after document ${this.#newest}`);
      }
      this.#newest = number;
      this.#isNewestPushed = judgement.isPushed;
    } catch (error) {
      this.#counts.refused++;
      const mayRefuse = error instanceof EvaluationError && this.#options.errorStrategy === "strict";
      if (!mayRefuse) this.#wrong(`an evaluation threw ${error}`);
    }
  }

  #judgeError(error: Error): void {
    if (!(error instanceof FliptError)) this.#wrong(`an error of another kind: ${error.stack}`);
    // Whatever happens while it is saved, a snapshot is whole or not there.
    if (error.message.includes("holds is not usable")) this.#wrong(error.message);
  }

  #wrong(what: string): void {
    this.#counts.addWrong(`${this.name}: ${what}`);
  }
}
