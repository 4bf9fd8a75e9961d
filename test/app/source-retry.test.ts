import { describe, expect, it } from 'vitest'
import { sourceRetryMs } from '../../src/app/source-retry.ts'
import { BotError, type Retry } from '../../src/core/bot-error.ts'

function fault(retry: Retry): BotError {
  return new BotError('MAIL_SOURCE_MISSING', 'it is not there', { retry })
}

function half(): number {
  return 0.5
}

describe('sourceRetryMs', () => {
  it.each([
    { failures: 1, retry: 'later', seconds: 1 },
    { failures: 2, retry: 'later', seconds: 2 },
    { failures: 6, retry: 'later', seconds: 32 },
    { failures: 100_000, retry: 'later', seconds: 300 },
    { failures: 1, retry: 'after-human', seconds: 300 },
    { failures: 2, retry: 'after-human', seconds: 600 },
    { failures: 100_000, retry: 'after-human', seconds: 3600 },
  ] as const)('waits $seconds s after failure $failures that says $retry', (each) => {
    expect(sourceRetryMs(each.failures, fault(each.retry), half)).toBe(each.seconds * 1000)
  })

  it.each([
    new BotError('STORE_FULL', 'the disk is full', { retry: 'later' }),
    new BotError('MAIL_ARCHIVE_NOT_WRITABLE', 'it cannot be written', {
      retry: 'later',
      cause: Object.assign(new Error('no space left'), { code: 'ENOSPC' }),
    }),
    Object.assign(new Error('no space left'), { code: 'ENOSPC' }),
  ])('looks at a full disk every half minute: %s', (error) => {
    expect(sourceRetryMs(1, error, half)).toBe(1000)
    expect(sourceRetryMs(100_000, error, () => 1)).toBe(30_000)
  })

  it('takes a fault without a code for one that passes', () => {
    expect(sourceRetryMs(1, new Error('disk I/O error'), half)).toBe(1000)
  })

  it('scatters by half either way', () => {
    expect(sourceRetryMs(1, fault('later'), () => 0)).toBe(500)
    expect(sourceRetryMs(1, fault('later'), () => 1)).toBe(1500)
  })
})
