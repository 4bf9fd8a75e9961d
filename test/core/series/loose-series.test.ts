import { describe, expect, it } from 'vitest'
import { assembleAll, describeSeries, seriesOf } from '../../support/describe-series.ts'
import { mail } from '../../support/make-message.ts'

describe('mails without references', () => {
  const two = [
    mail('a1', '[PATCH 1/2] alpha: one', null, { minute: 0 }),
    mail('b1', '[PATCH 1/2] beta: one', null, { minute: 1 }),
    mail('a2', '[PATCH 2/2] alpha: two', null, { minute: 2 }),
    mail('b2', '[PATCH 2/2] beta: two', null, { minute: 3 }),
  ]

  it('are split by the stem of the subject where two claim a number, and that is said', () => {
    const { series } = assembleAll(two)
    expect(series.map(describeSeries)).toEqual(['v1 of 2: 1=a1 2=a2', 'v1 of 2: 1=b1 2=b2'])
    expect(series.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
      ['number-claimed-twice'],
      ['number-claimed-twice'],
    ])
  })

  it('are split by the run of git send-email before the stem', () => {
    const runs = [
      ['20240115080000.11-1-ann@x', '[PATCH 1/2] alpha: one'],
      ['20240115080000.22-1-ann@x', '[PATCH 1/2] beta: one'],
      ['20240115080000.11-2-ann@x', '[PATCH 2/2] beta: two'],
      ['20240115080000.22-2-ann@x', '[PATCH 2/2] alpha: two'],
    ]
    expect(seriesOf(...runs.map(([local = '', subject = '']) => mail(local, subject)))).toEqual([
      'v1 of 2: 1=20240115080000.11-1-ann@x 2=20240115080000.11-2-ann@x',
      'v1 of 2: 1=20240115080000.22-1-ann@x 2=20240115080000.22-2-ann@x',
    ])
  })

  it('are three series where one number was sent three times', () => {
    const spam = ['x', 'y', 'z'].map((local, at) =>
      mail(local, '[PATCH v2 1/4] rework', null, { minute: at }),
    )
    expect(seriesOf(...spam)).toEqual([
      'v2 of 4: 1=x -2 -3 -4',
      'v2 of 4: 1=y -2 -3 -4',
      'v2 of 4: 1=z -2 -3 -4',
    ])
  })

  it('do not join where submitter, version, total or prefixes differ, or too much time lies between', () => {
    const a = mail('a', '[PATCH net 1/2] x')
    for (const other of [
      mail('b', '[PATCH net 2/2] y', null, { by: 'bob' }),
      mail('b', '[PATCH net v2 2/2] y'),
      mail('b', '[PATCH net 2/3] y'),
      mail('b', '[PATCH net-next 2/2] y'),
      mail('b', '[PATCH net 2/2] y', null, { minute: 31 }),
    ]) {
      expect(seriesOf(a, other)).toHaveLength(2)
    }
    expect(seriesOf(a, mail('b', '[PATCH net 2/2] y', null, { minute: 30 }))).toHaveLength(1)
  })
})
