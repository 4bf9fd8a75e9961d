import { afterEach, beforeEach, describe } from 'vitest'
import { describeDecisions } from '../store/contract/decisions.ts'
import { describeDigestItems } from '../store/contract/digest-items.ts'
import type { StoreHarness } from '../store/contract/harness.ts'
import { describeHookDeliveries } from '../store/contract/hook-deliveries.ts'
import { describeJobProperty } from '../store/contract/job-property.ts'
import { describeJobs } from '../store/contract/jobs.ts'
import { describeMails } from '../store/contract/mails.ts'
import { describeOldRows } from '../store/contract/old-rows.ts'
import { describeOutbox } from '../store/contract/outbox.ts'
import { describePullRequests } from '../store/contract/pull-requests.ts'
import { describeResults } from '../store/contract/results.ts'
import { describeSeries } from '../store/contract/series.ts'
import { describeThreads } from '../store/contract/threads.ts'
import { describeTopics } from '../store/contract/topics.ts'
import { describeTransactions } from '../store/contract/transactions.ts'
import { describeWatch } from '../store/contract/watch.ts'

/** What every `Store` does, whatever database keeps it. */
export function describeStoreContract(name: string, open: () => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    let harness: StoreHarness
    beforeEach(async () => {
      harness = await open()
    })
    afterEach(async () => {
      await harness.close()
    })
    const parts = [
      describeTransactions,
      describeMails,
      describeThreads,
      describeSeries,
      describeTopics,
      describeResults,
      describeDecisions,
      describeOutbox,
      describeDigestItems,
      describePullRequests,
      describeHookDeliveries,
      describeWatch,
      describeOldRows,
      describeJobs,
      describeJobProperty,
    ]
    for (const part of parts) {
      part(() => harness)
    }
  })
}
