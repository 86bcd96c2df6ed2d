// A function on AWS Lambda. The process is frozen as soon as it has answered, so that timers do not run, and nothing goes
// on behind a response: flags that are older than 30 seconds are refreshed beside the work for a request, which waits no
// longer than half a second for them, and answers from what it has. Bundle it, or deploy it with its node_modules.

import process from "node:process";
import { FliptClient } from "@flipt-ffi/client";

interface Event {
  readonly queryStringParameters?: Readonly<Record<string, string>> | null;
}

interface Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

// Made when the process is, and kept for all of its requests.
const client = FliptClient.create({
  url: process.env.FLIPT_URL,
  namespace: "shop",
  updates: "lazy",
  requestTimeout: 3,
  defaults: { "checkout-flow": "classic" },
});

export async function handler(event: Event): Promise<Result> {
  await client.ready({ timeout: 1 });
  const refreshing = client.touch({ maxAge: 30, timeout: 0.5 });
  using flags = client.for(event.queryStringParameters?.["user"] ?? "anonymous");
  const body = JSON.stringify({ checkout: flags.variant("checkout-flow") });
  await refreshing;
  return { statusCode: 200, headers: { "content-type": "application/json" }, body };
}
