import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Decision } from '../../src/core/decision.ts'
import { toTopicId } from '../../src/core/ids.ts'
import { logTaken, tracedLog, withDecisionLog } from '../../src/flow/trace.ts'
import type { JobKind, Store } from '../../src/store/store.ts'
import {
  id,
  noon,
  sampleApplication,
  sampleDelivery,
  sampleMessage,
  sampleOutboxRecord,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopic,
} from '../store/samples.ts'
import { type MemoryLog, memoryLog } from '../support/memory-log.ts'
import { openTempStore } from '../support/temp-store.ts'

const anchor = id('v2')
const topic = toTopicId(id('v1'))

let store: Store
let close: () => Promise<void>
let log: MemoryLog
beforeEach(async () => {
  ;({ store, close } = await openTempStore())
  log = memoryLog()
  await store.transaction(async (tx) => {
    await tx.addMessage(sampleMessage(anchor), sampleDelivery(anchor))
    await tx.saveTopic(sampleTopic(topic))
    await tx.replaceSeries([anchor], [sampleSeriesRecord(sampleSeries(anchor), { topic })])
    await tx.saveApplication(sampleApplication(topic))
    await tx.addToOutbox(sampleOutboxRecord('report', { topic }))
  })
})
afterEach(() => close())

function decision(facts: Partial<Decision>): Decision {
  return {
    at: noon,
    messageId: null,
    topic: null,
    version: null,
    step: 'apply',
    rule: 'applied',
    inputs: {},
    result: 'well',
    ...facts,
  }
}

describe('the log', () => {
  it('tells each decision once it is stored, and none that is not', async () => {
    const telling = withDecisionLog(store, log.logger)
    await telling.transaction(async (tx) => {
      await tx.addDecision(decision({ topic, messageId: id('v1') }))
      expect(log.lines).toEqual([])
      await tx.addDecisions([decision({ topic, messageId: anchor }), decision({})])
      await tx.addDecision(decision({ messageId: anchor }))
      await tx.addDecision(decision({ messageId: id('alone') }))
    })
    const failed = telling.transaction(async (tx) => {
      await tx.addDecision(decision({ topic }))
      throw new Error('it is rolled back')
    })
    await expect(failed).rejects.toThrow('rolled back')

    const began = toTopicId(anchor)
    expect(log.lines.map(({ trace, began: other }) => [trace, other])).toEqual([
      [topic, undefined],
      [topic, began],
      [null, undefined],
      [topic, began],
      [toTopicId(id('alone')), undefined],
    ])
    expect(log.lines[0]).toMatchObject({ level: 'info', msg: 'decided', rule: 'applied' })
  })

  it.each<[JobKind, string, string | undefined]>([
    ['assemble', anchor, toTopicId(anchor)],
    ['publish', anchor, topic],
    ['publish', id('gone'), toTopicId(id('gone'))],
    ['collect', `${topic} 1`, topic],
    ['pull', topic, topic],
    ['test', `pump ${sampleSha('middle')} ${topic} 1`, topic],
    ['test', `pump ${sampleSha('nobody')}`, undefined],
    ['send', 'report', topic],
    ['send', 'gone', undefined],
    ['refresh', 'pump', undefined],
  ])('of a job of kind %s (%s) names what it works for', async (kind, key, trace) => {
    const job = { id: 1, kind, key, attempt: 1, deaths: 0, runAt: noon }
    const own = await tracedLog(job, { store, log: log.logger })
    own.warn({}, 'something')
    expect(log.lines[0]?.['trace']).toBe(trace)
  })

  it('says of each new mail which thread it belongs to', () => {
    const [one, two] = [id('one'), id('two')]
    logTaken(
      [
        { outcome: 'stored', messageId: two, thread: one },
        { outcome: 'known', messageId: one, thread: one },
        {
          outcome: 'quarantined',
          messageId: null,
          thread: null,
          unreadable: {
            code: 'MAIL_EMPTY',
            message: 'nothing in it',
            location: 'cur/7',
            position: '0:abc',
          },
        },
      ],
      'devel',
      log.logger,
    )
    expect(log.lines.map(({ trace, messageId, outcome }) => [trace, messageId, outcome])).toEqual([
      [toTopicId(one), two, 'stored'],
      [null, null, 'quarantined'],
    ])
    expect(log.lines[1]).toMatchObject({
      level: 'warn',
      source: 'devel',
      location: 'cur/7',
      archived: '0:abc',
      code: 'MAIL_EMPTY',
      reason: 'nothing in it',
    })
  })
})
