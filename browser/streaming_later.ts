// What a page loads for streaming.

import { PushedDocuments } from "../src/sync/pushed_documents.ts";
import { StreamSource } from "../src/sources/stream_source.ts";
import { Streamer } from "../src/sync/streaming.ts";

type RealParts = ConstructorParameters<typeof Streamer>[0];

/** What the real streamer is made of, its source and its sink still to be made. */
export type StreamerParts = Omit<RealParts, "source" | "pushes"> & {
  /** What the source is made of. */
  readonly source: { readonly parameters: readonly unknown[] };
  /** What the sink is made of, but for the URL of the source. */
  readonly pushes: { readonly parameters: readonly unknown[] };
};

/** Streams until the lifetime ends. */
export async function stream(parts: StreamerParts): Promise<void> {
  if (parts.lifetime.aborted) return;
  const source = new StreamSource(...parts.source.parameters as ConstructorParameters<typeof StreamSource>);
  const [sink] = parts.pushes.parameters as ConstructorParameters<typeof PushedDocuments>;
  const streamer = new Streamer({
    ...parts,
    source,
    pushes: new PushedDocuments({ ...sink, url: source.url }),
  });
  streamer.start();
  await streamer.idle();
}
