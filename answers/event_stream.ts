// Event streams of answers: one for each page that listens, with the answers at first and whenever they change.

/** How often a line is sent that means nothing, in milliseconds, so that nothing between ends a silent connection. */
const HEARTBEAT_MS = 25_000;
/** How many streams are written to before others have their turn. */
const STREAMS_PER_TURN = 50;

/** The headers of an event stream. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "private, no-cache, no-transform",
  // For proxies that collect responses, such as nginx.
  "x-accel-buffering": "no",
};

/** What is sent. */
export interface Message {
  /** Tells versions of it apart. */
  readonly id: string;
  /** The text, on one line. */
  readonly text: string;
}

interface EventStream {
  readonly message: () => Message;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  lastId: string | undefined;
  /** Whether there may be news for a reader that has not read what it was sent. */
  isBehind: boolean;
}

/** The open streams of one handler. */
export class EventStreams {
  readonly #streams = new Set<EventStream>();
  readonly #encoder = new TextEncoder();
  readonly #watch: (onUpdate: () => void, onEnd: () => void) => () => void;
  #unwatch: (() => void) | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  /** Sends what changes when the first argument of `watch` is called, and ends all streams when the second one is. */
  constructor(watch: (onUpdate: () => void, onEnd: () => void) => () => void) {
    this.#watch = watch;
  }

  /** Opens a stream, which sends what `message` returns. For a reader that falls behind, only the newest is kept. */
  open(message: () => Message): Response {
    let stream: EventStream | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = { message, controller, lastId: undefined, isBehind: false };
        this.#add(stream);
        this.#send(stream);
      },
      pull: () => {
        if (stream?.isBehind && this.#streams.has(stream)) this.#send(stream);
      },
      cancel: () => {
        if (stream !== undefined) this.#remove(stream);
      },
    });
    return new Response(body, { headers: STREAM_HEADERS });
  }

  #add(stream: EventStream): void {
    this.#streams.add(stream);
    if (this.#unwatch !== undefined) return;
    this.#unwatch = this.#watch(() => void this.#sendAll(), () => this.#endAll());
    this.#heartbeat = setInterval(() => {
      for (const each of this.#streams) if (hasRoom(each)) this.#write(each, ":\n\n");
    }, HEARTBEAT_MS);
    (this.#heartbeat as { unref?: () => void }).unref?.();
  }

  #remove(stream: EventStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  async #sendAll(): Promise<void> {
    let count = 0;
    for (const stream of [...this.#streams]) {
      if (this.#streams.has(stream)) this.#send(stream);
      if (++count % STREAMS_PER_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  #send(stream: EventStream): void {
    stream.isBehind = !hasRoom(stream);
    if (stream.isBehind) return;
    const { id, text } = stream.message();
    if (id === stream.lastId) return;
    stream.lastId = id;
    this.#write(stream, `id: ${id}\ndata: ${text}\n\n`);
  }

  #write(stream: EventStream, text: string): void {
    try {
      stream.controller.enqueue(this.#encoder.encode(text));
    } catch {
      // The page has gone.
      this.#remove(stream);
    }
  }

  #endAll(): void {
    for (const stream of [...this.#streams]) {
      this.#remove(stream);
      try {
        stream.controller.close();
      } catch {
        // The page has gone.
      }
    }
  }
}

/** Whether what the stream was sent last has been read. */
function hasRoom({ controller }: EventStream): boolean {
  return (controller.desiredSize ?? 1) > 0;
}
