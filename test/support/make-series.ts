import type { Series } from '../../src/core/series/series.ts'
import { id, morning } from './make-message.ts'

/** A complete one-patch series by Ann, and what the test says otherwise. */
export function makeSeries(local: string, other: Partial<Series> = {}): Series {
  return {
    anchor: id(local),
    version: 1,
    minor: 0,
    total: 1,
    complete: true,
    name: 'net: fix leak',
    submitter: { name: 'Ann', address: 'ann@example.org' },
    prefixes: [],
    cover: null,
    patches: [
      { number: 1, messageId: id(local), subject: 'net: fix leak', patchId: null, trailers: [] },
    ],
    missing: [],
    replies: [],
    composedFrom: null,
    baseCommit: null,
    prerequisitePatchIds: [],
    dependsOn: [],
    supersedes: [],
    changeId: null,
    pull: null,
    answers: [],
    startedAt: new Date(morning),
    problems: [],
    ...other,
  }
}
