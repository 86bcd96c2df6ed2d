// The instruments of OpenTelemetry. They are observable: values are counted in this package and only read when metrics
// are collected, so that the cost of an evaluation does not depend on the SDK.

/** The attributes of a measurement. */
export type Attributes = Readonly<Record<string, string>>;

/** Receives the values of a collection. */
export interface ObservableResult {
  /** Records a value. */
  observe(value: number, attributes?: Record<string, string>): void;
}

/** Reports values at a collection. */
export type ObservableCallback = (result: ObservableResult) => void;

/** The part of an observable instrument that is used. */
export interface Observable {
  /** Adds a callback for each collection. */
  addCallback(callback: ObservableCallback): void;
  /** Removes a callback. */
  removeCallback(callback: ObservableCallback): void;
}

/** The part of a meter that is used. OpenTelemetry's `Meter` has it. */
export interface ObservableMeter {
  /** Creates an observable counter. */
  createObservableCounter(name: string, options?: { description?: string; unit?: string }): Observable;
  /** Creates an observable gauge. */
  createObservableGauge(name: string, options?: { description?: string; unit?: string }): Observable;
}

/** The values to collect. */
export interface Measurements {
  /** Reports the evaluations. */
  evaluations(result: ObservableResult): void;
  /** Reports the evaluations that had no answer. */
  failures(result: ObservableResult): void;
  /** Reports the defaults that were used. */
  defaults(result: ObservableResult): void;
  /** Reports the fetches. */
  fetches(result: ObservableResult): void;
  /** Reports the age of the flag state. */
  age(result: ObservableResult): void;
}

/**
 * Creates the instruments.
 * @returns a function that ends their collection.
 */
export function instrument(meter: ObservableMeter, measurements: Measurements): () => void {
  const instruments: [Observable, ObservableCallback][] = [
    [
      meter.createObservableCounter("flipt.evaluations", {
        description: "Successful evaluations of feature flags.",
        unit: "{evaluation}",
      }),
      (result) => measurements.evaluations(result),
    ],
    [
      meter.createObservableCounter("flipt.evaluation.errors", {
        description: "Evaluations of feature flags that had no answer.",
        unit: "{evaluation}",
      }),
      (result) => measurements.failures(result),
    ],
    [
      meter.createObservableCounter("flipt.defaults", {
        description: "Defaults returned in place of the answer of a feature flag.",
        unit: "{default}",
      }),
      (result) => measurements.defaults(result),
    ],
    [
      meter.createObservableCounter("flipt.fetches", {
        description: "New flag states, and fetches that failed after their retries.",
        unit: "{fetch}",
      }),
      (result) => measurements.fetches(result),
    ],
    [
      meter.createObservableGauge("flipt.state.age", {
        description: "The time since the flag state was last known to be current.",
        unit: "s",
      }),
      (result) => measurements.age(result),
    ],
  ];
  for (const [observable, callback] of instruments) observable.addCallback(callback);
  return () => {
    for (const [observable, callback] of instruments) observable.removeCallback(callback);
  };
}
