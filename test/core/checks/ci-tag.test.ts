import { describe, expect, it } from 'vitest'
import { isTaggedSkip } from '../../../src/core/checks/ci-tag.ts'
import type { MessageId } from '../../../src/core/ids.ts'
import type { ReportKind } from '../../../src/core/project.ts'
import type { SeriesPatch } from '../../../src/core/series/series.ts'

function id(name: string): MessageId {
  return `${name}@x.example` as MessageId
}

function patch(number: number): SeriesPatch {
  return { number, messageId: id(`${number}`), subject: '', patchId: null, trailers: [] }
}

const series = { cover: id('0'), patches: [patch(1), patch(2), patch(3)] }

function tagged(kind: ReportKind, concerned: string, names: readonly string[]): boolean {
  const mails = ['0', '1', '2', '3'].map((name) => ({
    messageId: id(name),
    trailers: names.includes(name) ? [{ key: 'CI-Tag', value: 'Skip' }] : [],
  }))
  return isTaggedSkip(kind, series, id(concerned), mails)
}

describe('isTaggedSkip', () => {
  it.each<[string, ReportKind, string, readonly string[], boolean]>([
    ['nothing is tagged', 'failure', '0', [], false],
    ['the cover is, for all', 'failure', '0', ['0'], true],
    ['the cover is, for a conflict too', 'conflict', '2', ['0'], true],
    ['the last patch is, whose state was tested', 'failure', '0', ['3'], true],
    ['only an earlier patch is', 'failure', '0', ['2'], false],
    ['the patch in conflict is', 'conflict', '2', ['2'], true],
    ['another than the patch in conflict is', 'conflict', '2', ['3'], false],
    ['some patches of a held series are', 'held', '0', ['1', '2'], false],
    ['all patches of a held series are', 'held', '0', ['1', '2', '3'], true],
  ])('where %s', (_what, kind, concerned, names, expected) => {
    expect(tagged(kind, concerned, names)).toBe(expected)
  })

  it('takes no other value for it', () => {
    const mails = [{ messageId: id('0'), trailers: [{ key: 'CI-tag', value: 'slow' }] }]

    expect(isTaggedSkip('failure', series, id('0'), mails)).toBe(false)
  })
})
