import { describe, expect, it } from 'vitest'
import { noLimits } from '../../../src/flow/report/send-rate.ts'
import { sendLoad } from '../../support/send-load.ts'

describe('many reports at once', () => {
  it('keep to the limits of a real mail server, each sent once', async () => {
    const load = await sendLoad(60, { ...noLimits, perMinute: 12, perHour: 25 })

    expect(load).toMatchObject({
      taken: 60,
      distinct: 60,
      states: { 'handed-over': 60 },
      mostPerMinute: 12,
      mostPerHour: 25,
    })
    // 25, 25 and 10: as soon as the limits let them.
    expect(load.lastedMs).toBeLessThanOrEqual(2 * 3_600_000 + 60_000)
    expect(load.connections).toBeLessThan(60)
  }, 30_000)
})
