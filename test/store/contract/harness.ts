import { defaultLooseGapMs } from '../../../src/core/series/loose-join.ts'
import type { Store } from '../../../src/store/store.ts'

/** The gap that every store of the suite is opened with. */
export const looseGapMs = defaultLooseGapMs

export interface StoreHarness {
  /** Migrated and empty. */
  readonly store: Store
  /** The same store, opened once more, as another process or the next start would. */
  readonly openAgain: () => Promise<Store>
  /** Closes all of them. */
  readonly close: () => Promise<void>
}

/** Gives the harness of the running test. */
export type GetHarness = () => StoreHarness
