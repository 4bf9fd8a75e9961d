import { expect, it } from 'vitest'
import { isFirstPatch } from '../../../src/flow/series/is-first-patch.ts'
import {
  after,
  id,
  sampleDelivery,
  sampleMessage,
  sampleSeries,
  sampleSeriesRecord,
  sampleTopicId,
} from '../../store/samples.ts'
import { openTempStore } from '../../support/temp-store.ts'

const dayMs = 24 * 60 * 60 * 1000
const record = sampleSeriesRecord(sampleSeries(id('now'), { startedAt: after(0) }))

it.each([
  ['the first of somebody', 31, null, true],
  ['the first in a young archive', 29, null, false],
  ['one of somebody who sent another before', 31, 'ADA@example.org', false],
  ['one of somebody else than who sent another', 31, 'bob@example.org', true],
])('tells whether a patch is somebody’s first: %s', async (_what, days, other, expected) => {
  const temp = await openTempStore()
  const old = sampleMessage(id('old'), { sentAt: after(-days * dayMs) })
  await temp.store.transaction(async (tx) => {
    await tx.addMessage(old, sampleDelivery(id('old')))
    await tx.replaceSeries([id('now')], [record])
    if (other !== null) {
      const submitter = { name: '', address: other }
      const earlier = sampleSeriesRecord(sampleSeries(id('old'), { submitter }))
      await tx.replaceSeries([id('old')], [{ ...earlier, topic: sampleTopicId('earlier') }])
    }
  })
  expect(await temp.store.read((reader) => isFirstPatch(record, reader))).toBe(expected)
  await temp.close()
})
