// The types of the provider's members: the part of the OpenFeature SDK's types that the provider uses, so that this
// package's documentation is complete without the SDK's.

/** The context of an evaluation: the SDK's `EvaluationContext`. */
export interface ResolutionContext {
  /** The ID of the entity. */
  readonly targetingKey?: string;
  /** A property for constraints: a string, number, boolean, date, or an object or array of them. */
  readonly [property: string]: unknown;
}

/** The result of an evaluation: the SDK's `ResolutionDetails`. */
export interface Resolution<T> {
  /** The value. The caller's default when no variant applies. */
  value: T;
  /** The key of the variant, or `"true"` or `"false"`. Absent when the value is the caller's default. */
  variant?: string;
  /** The reason. */
  reason: "TARGETING_MATCH" | "SPLIT" | "DEFAULT" | "DISABLED" | "STATIC" | "STALE";
  /**
   * Metadata: the `segmentKeys` that matched, separated by commas; the `attachment` of the variant; the `version` of
   * the flag state, if the server sends a digest; `flagSetId`, the namespace, if the provider was created from options;
   * and the original `reason`, if the reason is `STALE`.
   */
  flagMetadata: Record<string, string | number | boolean>;
}

/** The details of an event: the SDK's `EventDetails`. */
export type EventDetails = Record<string, unknown> & {
  /** The name of the provider. */
  readonly providerName: string;
  /** The domain of the provider. */
  readonly domain?: string;
  /** The former name of `domain`. */
  readonly clientName?: string;
  /** What happened. */
  readonly message?: string;
  /** The keys of the flags that were added, removed or changed. */
  readonly flagsChanged?: string[];
  /** Further data. */
  readonly metadata?: { [key: string]: string | number | boolean };
};

/** Handles an event. */
export type EventHandler = (details?: EventDetails) => unknown;

/** Emits the events of the provider: the SDK's `OpenFeatureEventEmitter`. */
export interface ProviderEventSource {
  /** Emits an event. */
  emit(event: string, details?: object): void;
  /** Adds a handler for an event. */
  addHandler(event: string, handler: EventHandler): void;
  /** Removes a handler. */
  removeHandler(event: string, handler: EventHandler): void;
  /** Removes all handlers, or those for one event. */
  removeAllHandlers(event?: string): void;
  /** Returns the handlers for an event. */
  getHandlers(event: string): EventHandler[];
  /** Sets the logger for errors of handlers. */
  setLogger(logger: { error(...words: unknown[]): void }): this;
}
