// How long a run may take.

/** How much is measured. */
export interface Effort {
  /** Rounds a subject. */
  readonly rounds: number;
  /** How long a round takes. */
  readonly roundMillis: number;
  /** How long each subject runs before the first round. */
  readonly warmUpMillis: number;
  /** Whether documents are small and everything is done once: whether it works, not how fast it is. */
  readonly isQuick: boolean;
}

/** Gives figures that hold. */
export const FULL: Effort = { rounds: 41, roundMillis: 8, warmUpMillis: 300, isQuick: false };

/** Shows that everything runs, in a few seconds. */
export const QUICK: Effort = { rounds: 3, roundMillis: 0.5, warmUpMillis: 5, isQuick: true };
