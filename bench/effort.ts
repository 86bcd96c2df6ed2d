// How much is measured, and so how long a run takes.

/** How much is measured. */
export interface Effort {
  /** The number of rounds per subject. */
  readonly rounds: number;
  /** The duration of a round. */
  readonly roundMs: number;
  /** The duration of the warm-up of each subject. */
  readonly warmUpMs: number;
  /** Whether documents are small and everything runs once: a smoke test whose figures mean nothing. */
  readonly isQuick: boolean;
}

/** For reliable figures. */
export const FULL: Effort = { rounds: 41, roundMs: 8, warmUpMs: 300, isQuick: false };

/** For a smoke test of a few seconds. */
export const QUICK: Effort = { rounds: 3, roundMs: 0.5, warmUpMs: 5, isQuick: true };
